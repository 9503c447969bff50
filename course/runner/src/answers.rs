//! The kept answers: plausible wrong ones that a check must reject, and right ones that must pass.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::lessons::Lesson;
use crate::workspace::Workspace;

/// A whole replacement for a lesson's `src/lib.rs`.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The file's name without its ending: `inline-read`.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
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
    Ok(Answer { name, path, kind })
}
