//! The kept answers: plausible wrong ones that a check must reject, and right ones that must pass.
//!
//! An answer is what makes it of the solution, or of the starter where that is nearer: a unified diff below a header
//! in prose. One that shares little with either is a whole file.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::lesson::Lesson;
use crate::patch::{self, Applied};
use crate::report::shown;
use crate::sources::{self, Sources};
use crate::workspace::Workspace;

/// The fewest wrong answers that a lesson keeps.
const WRONG: usize = 3;

/// The fewest right answers that a lesson keeps, from [`RIGHT_FROM`] on.
const RIGHT: usize = 2;

/// The first lesson whose task can be done in ways that differ much.
const RIGHT_FROM: &str = "03";

/// One kept answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its side and its name, as a page and an author name it: `wrong/inline-read`.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
    /// Above the differences, or above the code: what a reader would think, which check rejects it, and how.
    pub header: String,
    /// How it is written down.
    pub form: Form,
    /// What must become of it.
    pub kind: Kind,
}

/// How an answer is written down.
#[derive(Clone, Debug)]
pub enum Form {
    /// The differences, and what they are made from.
    Patch(String, Base),
    /// A whole file: the one of the solution that it stands in for, or all that there is.
    Whole(String, Option<String>),
}

/// What an answer is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The solution, with the lesson's names.
    Solution,
    /// What the lesson begins with.
    Starter,
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
        let entries = fs::read_dir(folder(workspace, lesson).join(side)).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "patch" || end == "rs"));
        paths.sort();
        for path in paths {
            answers.push(read(path, side)?);
        }
    }
    Ok(answers)
}

/// Where the answers of a lesson stand.
pub fn folder(workspace: &Workspace, lesson: &Lesson) -> PathBuf {
    workspace.path(&format!("course/answers/{}", lesson.name()))
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
    let stem = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if stem.chars().any(|c| !c.is_ascii_lowercase() && !c.is_ascii_digit() && !"-_".contains(c)) {
        bail!("`{}` must be named in small letters, digits, hyphens and underscores", path.display());
    }
    let text = sources::plain(&text);
    let is_patch = path.extension().is_some_and(|end| end == "patch");
    let (header, body) = if is_patch { above_differences(&text) } else { above_code(&text) };
    let kind = kind(&header, side).with_context(|| format!("`{}` is no answer", path.display()))?;
    let form = match is_patch {
        true => Form::Patch(body.to_owned(), base(&header)?),
        false => Form::Whole(text, field(&header, "instead-of").ok()),
    };
    Ok(Answer { name: format!("{side}/{stem}"), path, header, form, kind })
}

/// The header of differences is prose, up to the first file's name.
fn above_differences(text: &str) -> (String, &str) {
    let at = text.find("\n--- ").map_or(text.len(), |at| at + 1);
    (text[..at].trim_end().to_owned() + "\n", &text[at..])
}

/// The header of a whole file is its inner documentation.
fn above_code(text: &str) -> (String, &str) {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    (lines.map(|line| format!("{}\n", line.trim_start())).collect(), text)
}

/// Reads what must become of an answer.
pub fn kind(header: &str, side: &str) -> Result<Kind> {
    if side == "right" {
        return field(header, "RIGHT").map(|_| Kind::Right);
    }
    field(header, "WRONG")?;
    Ok(Kind::Wrong { check: field(header, "rejected-by")?, sentence: field(header, "sentence")? })
}

/// Reads what an answer is made from.
pub fn base(header: &str) -> Result<Base> {
    match field(header, "base").as_deref().unwrap_or("solution") {
        "solution" => Ok(Base::Solution),
        "starter" => Ok(Base::Starter),
        other => bail!("an answer is made from the solution or from the starter, not from `{other}`"),
    }
}

/// A line `label: text` of a header.
fn field(header: &str, label: &str) -> Result<String> {
    let line = header.lines().find_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
    let text = line.map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned).with_context(|| format!("its header must have a line `{label}: …`"))
}

/// The sources that answers of this kind are made from.
pub fn sources_of(workspace: &Workspace, lesson: &Lesson, base: Base) -> Result<Sources> {
    match base {
        Base::Solution => sources::of_solution(workspace, lesson),
        Base::Starter => sources::of_starter(workspace, lesson),
    }
}

impl Answer {
    /// What must become of it, in one word, and its name: `wrong-inline-read`.
    pub fn label(&self) -> String {
        self.name.replace('/', "-")
    }

    /// The answer's sources, with every hunk that fits.
    pub fn applied(&self, workspace: &Workspace, lesson: &Lesson) -> Result<Applied> {
        let file = shown(workspace.root(), &self.path);
        match &self.form {
            Form::Patch(text, base) => patch::apply(&sources_of(workspace, lesson, *base)?, text)
                .with_context(|| format!("`{file}` is no answer")),
            Form::Whole(text, part) => {
                let mut sources = sources::of_solution(workspace, lesson)?;
                match part {
                    None => sources.retain(|name, _| name == "main.rs"),
                    Some(part) if !sources.contains_key(part) => {
                        bail!("`{file}` stands in for `{part}`, which the solution has not")
                    }
                    Some(_) => (),
                }
                sources.insert(part.clone().unwrap_or_else(|| "lib.rs".to_owned()), text.clone());
                Ok(Applied { sources, rejected: Vec::new() })
            }
        }
    }

    /// The answer's sources; a hunk that does not fit is named, with what to do.
    pub fn sources(&self, workspace: &Workspace, lesson: &Lesson) -> Result<Sources> {
        let applied = self.applied(workspace, lesson)?;
        let Some(first) = applied.rejected.first() else { return Ok(applied.sources) };
        bail!(
            "hunk {} of {} fits no more: the lines that it changes were changed. \
             Try `cargo course answer {} {}`; the hunk is\n{}",
            first.number,
            first.file,
            lesson.number,
            self.name,
            first.text.trim_end()
        )
    }
}
