//! `cargo course answer`: lays a kept answer out to be edited, and writes what makes it of its base back.
//!
//! It stands in `.course/answers/NN-slug/wrong/name/`: the header as `header.txt`, the sources in `src`, and in
//! `rejected.patch` what no longer fits. A name that is not kept yet begins with the solution.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::record::put;
use crate::answers::{self, Answer, Base, Form};
use crate::lesson::Lesson;
use crate::patch::{self, Applied};
use crate::report::shown;
use crate::say::say;
use crate::sources::{self, Sources};
use crate::table::Table;
use crate::workspace::Workspace;

/// What stands above a new answer until somebody has written it.
const NEW_WRONG: &str = "WRONG: what a reader would think, in one sentence.\n\
                         rejected-by: the_check\nsentence: a part of what it says\n";
const NEW_RIGHT: &str = "RIGHT: how it differs from the solution, in one sentence.\n";

/// Which answer.
#[derive(Debug, Args)]
pub struct Options {
    /// The number, slug or folder of its lesson
    lesson: String,
    /// Its side and name, as `wrong/inline-read`; without it the answers of the lesson are listed
    #[arg(value_name = "SIDE/NAME")]
    answer: Option<String>,
    /// Write what was laid out and edited back to `course/answers`
    #[arg(long, requires = "answer")]
    save: bool,
}

/// Lists, lays out, or saves.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.named(workspace, &options.lesson)?;
    let Some(name) = &options.answer else { return list(workspace, lesson) };
    let side = match name.split_once('/') {
        Some((side @ ("wrong" | "right"), stem)) if !stem.is_empty() && !stem.contains(['/', '\\', '.']) => {
            side
        }
        _ => bail!(
            "`{name}` is no name of an answer: it begins with `wrong/` or `right/`. \
             Try `cargo course answer {}`",
            lesson.number
        ),
    };
    let kept = answers::of(workspace, lesson)?.into_iter().find(|answer| answer.name == *name);
    let desk = Desk { workspace, lesson, name, folder: desk(workspace, lesson, name) };
    if options.save {
        desk.save(kept.as_ref(), side)?
    } else {
        desk.lay_out(kept.as_ref(), side)?
    }
    Ok(ExitCode::SUCCESS)
}

fn list(workspace: &Workspace, lesson: &Lesson) -> Result<ExitCode> {
    let kept = answers::of(workspace, lesson)?;
    for answer in &kept {
        let what = answer.header.lines().next().and_then(|line| line.split_once(": "));
        say!("{:<44} {}", answer.name, what.map_or("", |(_, what)| what));
    }
    say!(
        "\nLay one out: `cargo course answer {} SIDE/NAME`; a name that is not kept yet begins a new one.",
        lesson.number
    );
    Ok(ExitCode::SUCCESS)
}

fn desk(workspace: &Workspace, lesson: &Lesson, name: &str) -> PathBuf {
    workspace.state().join("answers").join(lesson.name()).join(name)
}

/// Where one answer is laid out.
struct Desk<'a> {
    /// Where all answers are kept.
    workspace: &'a Workspace,
    /// Whose answer.
    lesson: &'a Lesson,
    /// Its side and name.
    name: &'a str,
    /// Holds the header, the sources, and what does not fit.
    folder: PathBuf,
}

impl Desk<'_> {
    fn header(&self) -> PathBuf {
        self.folder.join("header.txt")
    }

    fn rejected(&self) -> PathBuf {
        self.folder.join("rejected.patch")
    }

    /// A path as an author types it.
    fn shown(&self, path: &Path) -> String {
        shown(self.workspace.root(), path)
    }

    /// Writes header and sources; what was laid out before is never written over.
    fn lay_out(&self, kept: Option<&Answer>, side: &str) -> Result<()> {
        if self.folder.exists() {
            bail!(
                "`{}` is laid out already. Go on there; save it with `cargo course answer {} {} --save`, \
                 or remove the folder",
                self.shown(&self.folder),
                self.lesson.number,
                self.name
            );
        }
        let (header, applied) = match kept {
            Some(answer) => (answer.header.clone(), answer.applied(self.workspace, self.lesson)?),
            None => {
                let header = if side == "wrong" { NEW_WRONG } else { NEW_RIGHT };
                let sources = sources::of_solution(self.workspace, self.lesson)?;
                (header.to_owned(), Applied { sources, rejected: Vec::new() })
            }
        };
        put(&self.header(), &header)?;
        for (file, text) in applied.sources.iter().filter(|(file, _)| *file != "main.rs") {
            put(&self.folder.join("src").join(file), text)?;
        }
        say!("{} of lesson {} is laid out in {}.", self.name, self.lesson.number, self.shown(&self.folder));
        if !applied.rejected.is_empty() {
            let hunks: String =
                applied.rejected.iter().map(|hunk| format!("--- {}\n{}", hunk.file, hunk.text)).collect();
            put(&self.rejected(), &hunks)?;
            say!(
                "{} hunks fit no more: carry over what {} says, and remove that file.",
                applied.rejected.len(),
                self.shown(&self.rejected())
            );
        }
        say!(
            "next: edit header.txt and src, then cargo course answer {} {} --save",
            self.lesson.number,
            self.name
        );
        Ok(())
    }

    /// Writes the answer, in the form in which it is kept; a new one as differences.
    fn save(&self, kept: Option<&Answer>, side: &str) -> Result<()> {
        let header = fs::read_to_string(self.header()).with_context(|| {
            format!(
                "nothing is laid out in `{}`. Try `cargo course answer {} {}`",
                self.shown(&self.folder),
                self.lesson.number,
                self.name
            )
        })?;
        if self.rejected().exists() {
            bail!(
                "`{}` is still there: carry over what it says, and remove it",
                self.shown(&self.rejected())
            );
        }
        answers::kind(&header, side)
            .with_context(|| format!("`{}` is not whole", self.shown(&self.header())))?;
        let mut edited = sources::read(&self.folder.join("src"))?;
        let (path, text) = match kept.map(|answer| (&answer.path, &answer.form)) {
            Some((path, Form::Whole(_, part))) => {
                let part = part.as_deref().unwrap_or("lib.rs");
                let text = edited.remove(part).with_context(|| format!("`src/{part}` is missing"))?;
                (path.clone(), text)
            }
            _ => {
                let base = answers::base(&header)?;
                let path = answers::folder(self.workspace, self.lesson).join(format!("{}.patch", self.name));
                (path, self.differences(&header, base, edited)?)
            }
        };
        put(&path, &text)?;
        fs::remove_dir_all(&self.folder)
            .with_context(|| format!("`{}` cannot be removed", self.shown(&self.folder)))?;
        say!("{} has {} lines.", self.shown(&path), text.lines().count());
        say!("next: cargo course verify {} --answer {}", self.lesson.number, self.name);
        Ok(())
    }

    fn differences(&self, header: &str, base: Base, mut edited: Sources) -> Result<String> {
        let base = answers::sources_of(self.workspace, self.lesson, base)?;
        // The program is everywhere the same.
        edited.extend(base.get("main.rs").map(|main| ("main.rs".to_owned(), main.clone())));
        let text = patch::between(&base, &edited);
        if text.is_empty() {
            bail!("`{}` equals what it is made from", self.shown(&self.folder.join("src")));
        }
        Ok(format!("{}\n\n{text}", header.trim_end()))
    }
}
