//! `cargo course hint`: the next of three tiers, from a question to nearly the answer.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::language::{said, words};
use crate::lesson::Lesson;
use crate::progress::Progress;
use crate::report::shown;
use crate::say::{self, say};
use crate::table::Table;
use crate::workspace::Workspace;

/// How many tiers every lesson has.
pub const TIERS: usize = 3;

/// Which hint to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first that was not shown.
    Next,
    /// The last that was shown.
    Again,
    /// All of them.
    All,
}

impl Which {
    /// What the flags ask for.
    pub fn from_flags(again: bool, all: bool) -> Self {
        match (again, all) {
            (_, true) => Self::All,
            (true, false) => Self::Again,
            (false, false) => Self::Next,
        }
    }
}

/// Shows a hint, and remembers it.
pub fn run(workspace: &Workspace, name: Option<&str>, which: Which) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.chosen(workspace, name)?;
    let path = hints(workspace, lesson);
    let text = std::fs::read_to_string(&path).with_context(|| {
        let file = shown(workspace.root(), &path);
        said!(
            "the hints `{file}` cannot be read. Try `git status {file}`, or unpack the course anew",
            file = file
        )
    })?;
    let tiers = tiers(&text, &path)?;
    let mut progress = Progress::read(workspace);
    let shown = progress.hints(lesson).min(TIERS);
    let (from, to) = match which {
        Which::All => (0, TIERS),
        Which::Again => (shown.saturating_sub(1), shown.max(1)),
        Which::Next if shown >= TIERS => {
            let number = &lesson.number;
            say!(
                "{}",
                said!("All {count} hints of lesson {number} were shown.", count = TIERS, number = number)
            );
            say!(
                "{}",
                said!(
                    "next: cargo course hint {number} --all\n      cargo course diff {number}",
                    number = number
                )
            );
            return Ok(ExitCode::SUCCESS);
        }
        Which::Next => (shown, shown + 1),
    };
    let mut text = String::new();
    for (index, tier) in tiers.iter().enumerate().take(to).skip(from) {
        text += &said!(
            "Lesson {number}, hint {index} of {tiers}",
            number = lesson.number,
            index = index + 1,
            tiers = TIERS
        );
        text += &format!("\n\n{tier}\n\n");
    }
    let more = if to < TIERS { "hint" } else { "diff" };
    let next = said!(
        "next: cargo course check {number}\n      cargo course {more} {number}",
        number = lesson.number,
        more = more
    );
    // At once: the verdict of a run that goes on meanwhile must not come in between.
    say!("{text}{next}");
    // What could not be printed was not shown.
    if say::is_heard()
        && let Err(error) = progress.hinted(lesson, shown.max(to))
    {
        say::trouble(&error);
    }
    Ok(ExitCode::SUCCESS)
}

/// The hints in the language of the reader, where they are written in it.
fn hints(workspace: &Workspace, lesson: &Lesson) -> PathBuf {
    let russian = workspace.russian_hints(lesson);
    if words().is_translated() && russian.is_file() { russian } else { workspace.hints(lesson) }
}

/// The texts below `## 1`, `## 2` and `## 3`.
pub fn tiers(text: &str, path: &Path) -> Result<Vec<String>> {
    let mut tiers: Vec<String> = Vec::new();
    for line in text.lines() {
        let due = (tiers.len() + 1).to_string();
        match (line.strip_prefix("## "), tiers.last_mut()) {
            (Some(number), _) if number.trim() == due => tiers.push(String::new()),
            (None, Some(tier)) => tier.push_str(&format!("{line}\n")),
            (None, None) => (),
            (Some(other), _) => bail!("`{}` has a heading `## {other}` where a tier was due", path.display()),
        }
    }
    let tiers: Vec<_> = tiers.iter().map(|tier| tier.trim().to_owned()).collect();
    if tiers.len() != TIERS || tiers.iter().any(String::is_empty) {
        bail!("`{}` must have the sections `## 1`, `## 2` and `## 3`, each with a text", path.display());
    }
    Ok(tiers)
}
