//! The table of all lessons, from `course/lessons.toml`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// One lesson, planned or written.
#[derive(Clone, Debug, Deserialize)]
pub struct Lesson {
    /// Two digits: `03`.
    pub number: String,
    /// The name that page, lesson and solution share.
    pub slug: String,
    /// What the book calls it.
    pub title: String,
    /// What the reader can do after it, in one sentence.
    pub promise: String,
}

impl Lesson {
    /// The name of its folders: `03-thread-and-channel`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.number, self.slug)
    }

    /// The file name of its page.
    pub fn page(&self) -> String {
        format!("{}.md", self.folder())
    }
}

/// Reads the table of the workspace at `root`.
pub fn lessons(root: &Path) -> anyhow::Result<Vec<Lesson>> {
    #[derive(Deserialize)]
    struct Table {
        lesson: Vec<Lesson>,
    }
    let path = root.join("course").join("lessons.toml");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read: is this the course's folder?", path.display()))?;
    let table: Table = toml::from_str(&text).context("course/lessons.toml is not a table of lessons")?;
    Ok(table.lesson)
}
