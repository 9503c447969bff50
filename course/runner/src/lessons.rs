//! The table of lessons, `course/lessons.toml`: what there is, in which order, and what the tool must know of each.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::progress::Progress;
use crate::workspace::Workspace;

/// All lessons, existing and planned, in the order of the course.
#[derive(Clone, Debug, Deserialize)]
pub struct Table {
    /// Named as in the file: each lesson is a `[[lesson]]`.
    #[serde(rename = "lesson")]
    pub lessons: Vec<Lesson>,
}

/// One row of the table.
#[derive(Clone, Debug, Deserialize)]
pub struct Lesson {
    /// Two digits: `03`.
    pub number: String,
    /// What page, folder and library are named after: `thread-and-channel`.
    pub slug: String,
    /// What a reader calls it.
    pub title: String,
    /// What the reader can do afterwards, in one sentence.
    pub promise: String,
    /// Seconds that one check may take, where the usual bound does not fit.
    #[serde(default)]
    pub bound: Option<u64>,
    /// How the committed starter must fail.
    #[serde(default)]
    pub starter: Option<Starter>,
    /// The run that the page shows.
    #[serde(default)]
    pub demo: Option<Demo>,
}

/// How a committed starter fails its checks.
#[derive(Clone, Debug, Deserialize)]
pub struct Starter {
    /// The first check, in the order of the page, that does not pass.
    pub fails: String,
    /// A part of what that check says; the page shows it too.
    pub sentence: String,
}

/// A run at a terminal, as the page shows it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Demo {
    /// The arguments of the program.
    #[serde(default)]
    pub args: Vec<String>,
    /// What the reader does at the terminal; see `terminal.rs` for the words.
    pub script: Vec<String>,
    /// The same for the solution, where it must be handled differently.
    #[serde(default)]
    pub thawed_script: Option<Vec<String>>,
    /// Whether it computes: what its pace decides is then left out of the comparison.
    #[serde(default)]
    pub computes: bool,
}

/// The longest that a check may take, unless its lesson says otherwise.
const BOUND: Duration = Duration::from_secs(60);

impl Lesson {
    /// The full name, which its folders and its page carry: `03-thread-and-channel`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.number, self.slug)
    }

    /// The reader's folder, below the root.
    pub fn folder(&self) -> String {
        format!("lessons/{}", self.name())
    }

    /// The package that the reader works on.
    pub fn package(&self) -> String {
        format!("lesson-{}", self.number)
    }

    /// The package of the solution.
    pub fn solution(&self) -> String {
        format!("solution-{}", self.number)
    }

    /// The library's name: the slug as Rust writes it.
    pub fn library(&self) -> String {
        self.slug.replace('-', "_")
    }

    /// The longest that one check of this lesson may take.
    pub fn bound(&self) -> Duration {
        self.bound.map_or(BOUND, Duration::from_secs)
    }

    /// Whether a reader may call it so: `3`, `03`, the slug, or the folder's name.
    fn is_called(&self, name: &str) -> bool {
        let folder = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
        let digits = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
        let number = || name.parse::<u32>().ok() == self.number.parse().ok();
        (digits && number()) || name == self.slug || name == self.package() || folder == self.name()
    }
}

impl Table {
    /// Reads the table of a workspace.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let path = workspace.table();
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        let table: Self = toml::from_str(&text).with_context(|| {
            format!("`{}` is not a table of lessons; see `git diff` for what changed", path.display())
        })?;
        if table.lessons.is_empty() {
            bail!("`{}` names no lesson; see `git diff` for what changed", path.display());
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
