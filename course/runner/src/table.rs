//! The table of lessons, `course/lessons.toml`: what there is, in which order, and what comes next.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::lesson::Lesson;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// All lessons, existing and planned, in the order of the course.
#[derive(Clone, Debug, Deserialize)]
pub struct Table {
    /// Named as in the file: each lesson is a `[[lesson]]`.
    #[serde(rename = "lesson")]
    pub lessons: Vec<Lesson>,
}

impl Table {
    /// Reads the table of a workspace.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let path = workspace.table();
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        let table: Self = toml::from_str(&text).with_context(|| {
            format!(
                "`{}` is not a table of lessons; see `git diff` for what changed, or unpack the course anew",
                path.display()
            )
        })?;
        if table.lessons.is_empty() {
            bail!(
                "`{}` names no lesson; see `git diff` for what changed, or unpack the course anew",
                path.display()
            );
        }
        Ok(table)
    }

    /// The lessons that are there to be done.
    pub fn existing<'a>(&'a self, workspace: &Workspace) -> impl Iterator<Item = &'a Lesson> {
        self.lessons.iter().filter(|lesson| workspace.lesson(lesson).is_dir())
    }

    /// The lesson that the reader named, if it is there to be done.
    pub fn named(&self, workspace: &Workspace, name: &str) -> Result<&Lesson> {
        let Some(lesson) = self.lessons.iter().find(|lesson| lesson.is_called(name)) else {
            bail!(
                "there is no lesson {name}: the lessons are {}{}. Try `cargo course list`",
                self.span(workspace),
                self.planned(workspace)
            );
        };
        if !workspace.lesson(lesson).is_dir() {
            bail!(
                "lesson {} ({}) is planned, and not written yet: the lessons are {}. Try `cargo course list`",
                lesson.number,
                lesson.title,
                self.span(workspace)
            );
        }
        Ok(lesson)
    }

    /// The lesson that the reader named, or else the first one not solved yet.
    pub fn chosen(&self, workspace: &Workspace, name: Option<&str>) -> Result<&Lesson> {
        match name {
            Some(name) => self.named(workspace, name),
            None => self.next(workspace, &Progress::read(workspace)).context(
                "every lesson that exists is solved. Try `cargo course list`, \
                 or name one: `cargo course check 01`",
            ),
        }
    }

    /// The first lesson that is not solved yet.
    pub fn next(&self, workspace: &Workspace, progress: &Progress) -> Option<&Lesson> {
        self.existing(workspace).find(|lesson| !progress.is_solved(lesson))
    }

    /// The lesson after this one, written or planned.
    pub fn after(&self, lesson: &Lesson) -> Option<&Lesson> {
        let here = self.lessons.iter().position(|other| other.number == lesson.number)?;
        self.lessons.get(here + 1)
    }

    /// The existing lessons in words: `01 to 05`.
    fn span(&self, workspace: &Workspace) -> String {
        let numbers: Vec<_> = self.existing(workspace).map(|lesson| lesson.number.as_str()).collect();
        match numbers.as_slice() {
            [] => "not written yet".to_owned(),
            [only] => format!("{only} alone"),
            [first, .., last] => format!("{first} to {last}"),
        }
    }

    /// The other lessons, as a clause to add: `, and 06 to 14 are planned`.
    fn planned(&self, workspace: &Workspace) -> String {
        let planned = self.lessons.iter().filter(|lesson| !workspace.lesson(lesson).is_dir());
        let numbers: Vec<_> = planned.map(|lesson| lesson.number.as_str()).collect();
        match numbers.as_slice() {
            [] => String::new(),
            [only] => format!(", and {only} is planned"),
            [first, .., last] => format!(", and {first} to {last} are planned"),
        }
    }
}
