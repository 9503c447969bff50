//! The table of lessons, `course/lessons.toml`: what there is, in which order, and what comes next.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::language::{self, said, word};
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
        let text = std::fs::read_to_string(&path)
            .with_context(|| said!("`{path}` cannot be read", path = path.display()))?;
        let mut table: Self = toml::from_str(&text).with_context(|| {
            said!(
                "`{path}` is not a table of lessons; see `git diff` for what changed, or unpack the course anew",
                path = path.display()
            )
        })?;
        if table.lessons.is_empty() {
            bail!(said!(
                "`{path}` names no lesson; see `git diff` for what changed, or unpack the course anew",
                path = path.display()
            ));
        }
        if language::words().is_translated() {
            table.translate(workspace);
        }
        Ok(table)
    }

    /// Takes the titles of the Russian book; without one a lesson keeps the English title.
    fn translate(&mut self, workspace: &Workspace) {
        let russian = book::lessons(&book::Sources::russian(workspace.root())).unwrap_or_default();
        for lesson in &mut self.lessons {
            let twin = russian.iter().find(|twin| twin.number == lesson.number);
            lesson.russian = twin.map(|twin| twin.title.clone());
        }
    }

    /// The lessons that are there to be done.
    pub fn existing<'a>(&'a self, workspace: &Workspace) -> impl Iterator<Item = &'a Lesson> {
        self.lessons.iter().filter(|lesson| workspace.lesson(lesson).is_dir())
    }

    /// The lesson that the reader named, if it is there to be done.
    pub fn named(&self, workspace: &Workspace, name: &str) -> Result<&Lesson> {
        let Some(lesson) = self.lessons.iter().find(|lesson| lesson.is_called(name)) else {
            bail!(said!(
                "there is no lesson {name}: the lessons are {span}{planned}. Try `cargo course list`",
                name = name,
                span = self.span(workspace),
                planned = self.planned(workspace)
            ));
        };
        if !workspace.lesson(lesson).is_dir() {
            bail!(said!(
                "lesson {number} ({title}) is planned, and not written yet: the lessons are {span}. Try `cargo course list`",
                number = lesson.number,
                title = lesson.called(),
                span = self.span(workspace)
            ));
        }
        Ok(lesson)
    }

    /// The lesson that the reader named, or else the first one not solved yet.
    pub fn chosen(&self, workspace: &Workspace, name: Option<&str>) -> Result<&Lesson> {
        match name {
            Some(name) => self.named(workspace, name),
            None => self.next(workspace, &Progress::read(workspace)).with_context(|| {
                said!(
                    "every lesson that exists is solved. Try `cargo course list`, \
                     or name one: `cargo course check 01`"
                )
            }),
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
            [] => word("not written yet"),
            [only] => said!("{only} alone", only = only),
            [first, .., last] => said!("{first} to {last}", first = first, last = last),
        }
    }

    /// The other lessons, as a clause to add: `, and 06 to 14 are planned`.
    fn planned(&self, workspace: &Workspace) -> String {
        let planned = self.lessons.iter().filter(|lesson| !workspace.lesson(lesson).is_dir());
        let numbers: Vec<_> = planned.map(|lesson| lesson.number.as_str()).collect();
        match numbers.as_slice() {
            [] => String::new(),
            [only] => said!(", and {only} is planned", only = only),
            [first, .., last] => said!(", and {first} to {last} are planned", first = first, last = last),
        }
    }
}
