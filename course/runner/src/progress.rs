//! What the reader has done: `.course/progress.toml`, plain text that may be edited or deleted.
//!
//! Lessons are remembered by their slug, so that a lesson may get another number.
//! A name that no lesson has is ignored, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::lesson::Lesson;
use crate::workspace::Workspace;

/// Heads the file, for whoever opens it.
const HEAD: &str = "# What you have done in this course. `cargo course` reads and writes it;\n\
                    # delete a line to do that lesson again, or the file to begin anew.\n\n";

/// The reader's progress.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Where it is kept.
    path: PathBuf,
    /// What is kept there.
    kept: Kept,
}

/// The content of the file; whatever else stands in it is ignored.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Kept {
    /// The slugs of the lessons whose checks have all passed.
    #[serde(default)]
    solved: BTreeSet<String>,
    /// How many hints of a lesson were shown.
    #[serde(default)]
    hints: BTreeMap<String, usize>,
}

impl Progress {
    /// Reads the progress; a file that is missing or broken is progress of nothing, and a broken one is put aside.
    pub fn read(workspace: &Workspace) -> Self {
        let path = workspace.state().join("progress.toml");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let kept = toml::from_str(&text).unwrap_or_else(|_| {
            let beside = path.with_extension("broken");
            let moved = fs::rename(&path, &beside).is_ok();
            let fate =
                if moved { format!("it is now `{}`", beside.display()) } else { "it is ignored".to_owned() };
            eprintln!("`{}` is not readable as progress: {fate}", path.display());
            Kept::default()
        });
        Self { path, kept }
    }

    /// Whether all checks of this lesson have passed.
    pub fn is_solved(&self, lesson: &Lesson) -> bool {
        self.kept.solved.contains(&lesson.slug)
    }

    /// Remembers that this lesson is solved.
    pub fn solve(&mut self, lesson: &Lesson) -> Result<()> {
        if self.kept.solved.insert(lesson.slug.clone()) { self.write() } else { Ok(()) }
    }

    /// Forgets everything about this lesson.
    pub fn forget(&mut self, lesson: &Lesson) -> Result<()> {
        let solved = self.kept.solved.remove(&lesson.slug);
        let hinted = self.kept.hints.remove(&lesson.slug).is_some();
        if solved || hinted { self.write() } else { Ok(()) }
    }

    /// How many hints of this lesson were shown.
    pub fn hints(&self, lesson: &Lesson) -> usize {
        self.kept.hints.get(&lesson.slug).copied().unwrap_or(0)
    }

    /// Remembers how many hints of this lesson were shown.
    pub fn hinted(&mut self, lesson: &Lesson, shown: usize) -> Result<()> {
        self.kept.hints.insert(lesson.slug.clone(), shown);
        self.write()
    }

    /// Writes beside the file first: a full disk must not lose what was there.
    fn write(&self) -> Result<()> {
        let text = HEAD.to_owned() + &toml::to_string(&self.kept).context("progress is not plain text")?;
        let beside = self.path.with_extension("new");
        let written = self
            .path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&beside, text))
            .and_then(|()| fs::rename(&beside, &self.path));
        written.with_context(|| {
            format!("progress cannot be written to `{}`; is the folder yours?", self.path.display())
        })
    }
}
