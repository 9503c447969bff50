//! The table of all lessons, from `course/lessons.toml`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;
use serde::Deserialize;

use crate::sources::Sources;

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

/// Reads the table of the workspace; what a translation says of a lesson takes the place of the English words.
pub fn lessons(sources: &Sources) -> anyhow::Result<Vec<Lesson>> {
    #[derive(Deserialize)]
    struct Table {
        lesson: Vec<Lesson>,
    }
    let path = sources.root.join("course").join("lessons.toml");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read: is this the course's folder?", path.display()))?;
    let mut table: Table = toml::from_str(&text).context("course/lessons.toml is not a table of lessons")?;
    if sources.is_russian() {
        translate(sources, &mut table.lesson)?;
    }
    Ok(table.lesson)
}

/// Puts the words of `course/lessons.ru.toml` in their place; a lesson that it does not have keeps the English ones.
fn translate(sources: &Sources, lessons: &mut [Lesson]) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Words {
        title: String,
        promise: String,
    }
    let path = sources.root.join("course").join("lessons.ru.toml");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
    let mut words: BTreeMap<String, Words> =
        toml::from_str(&text).context("course/lessons.ru.toml is no table of titles and promises")?;
    for lesson in lessons {
        if let Some(own) = words.remove(&lesson.number) {
            (lesson.title, lesson.promise) = (own.title, own.promise);
        }
    }
    let strange = words.keys().next();
    anyhow::ensure!(
        strange.is_none(),
        "course/lessons.ru.toml has no lesson for `{}`",
        strange.map_or("", |number| number)
    );
    Ok(())
}
