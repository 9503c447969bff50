//! The kept answers: plausible wrong ones that a check must reject, and right ones that must pass.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::lessons::Lesson;
use crate::workspace::Workspace;

/// The fewest wrong answers that a lesson keeps.
const WRONG: usize = 3;

/// The fewest right answers that a lesson keeps, from [`RIGHT_FROM`] on.
const RIGHT: usize = 2;

/// The first lesson whose task can be done in ways that differ much.
const RIGHT_FROM: &str = "03";

/// A replacement for one file of `src`: a lesson's whole `lib.rs`, or a part of a solution that has several.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The file's name without its ending: `inline-read`.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
    /// The file that it replaces in the solution; without one it is all that `lib.rs` was, and stands alone.
    pub part: Option<String>,
    /// What must become of it.
    pub kind: Kind,
}

/// What must become of an answer.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One check rejects it, and says this.
    Wrong {
        /// The check.
        check: String,
        /// A part of what it says.
        sentence: String,
    },
    /// All checks pass.
    Right,
}

/// The answers kept for a lesson, by name, wrong ones first.
pub fn of(workspace: &Workspace, lesson: &Lesson) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for side in ["wrong", "right"] {
        let folder = workspace.path(&format!("course/answers/{}/{side}", lesson.name()));
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "rs"));
        paths.sort();
        for path in paths {
            answers.push(read(path, side)?);
        }
    }
    Ok(answers)
}

/// Says so when a lesson keeps too few answers.
pub fn shortage(lesson: &Lesson, kept: &[Answer]) -> Option<String> {
    let wrong = kept.iter().filter(|answer| matches!(answer.kind, Kind::Wrong { .. })).count();
    let right = kept.len() - wrong;
    let needs_right = lesson.number.as_str() >= RIGHT_FROM;
    let is_short = wrong < WRONG || (needs_right && right < RIGHT);
    is_short
        .then(|| format!("lesson {} keeps {wrong} wrong and {right} right answers: too few", lesson.number))
}

fn read(path: PathBuf, side: &str) -> Result<Answer> {
    let text = fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let field = |label: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("//! {label}: ")));
        line.map(|value| value.trim().to_owned())
            .with_context(|| format!("`{}` must begin with a line `//! {label}: …`", path.display()))
    };
    let kind = if side == "wrong" {
        field("WRONG")?;
        Kind::Wrong { check: field("rejected-by")?, sentence: field("sentence")? }
    } else {
        field("RIGHT")?;
        Kind::Right
    };
    if name.chars().any(|c| !c.is_ascii_lowercase() && !c.is_ascii_digit() && !"-_".contains(c)) {
        bail!("`{}` must be named in small letters, digits, hyphens and underscores", path.display());
    }
    let part = field("instead-of").ok();
    Ok(Answer { name, path, part, kind })
}
