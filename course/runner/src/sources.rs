//! The source files of one subject: a lesson, its starter, or its solution.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use book::saves::is_editors_own;

use crate::lesson::Lesson;
use crate::report::shown;
use crate::workspace::Workspace;

/// The texts of the files in `src`, by name.
pub type Sources = BTreeMap<String, String>;

/// What the reader has written until now.
pub fn of_lesson(workspace: &Workspace, lesson: &Lesson) -> Result<Sources> {
    read(&workspace.lesson(lesson).join("src"))
}

/// What the lesson begins with, whatever the reader has written or committed.
pub fn of_starter(workspace: &Workspace, lesson: &Lesson) -> Result<Sources> {
    read(&workspace.starter(lesson))
}

/// The solution, with the lesson's names in place of its own.
pub fn of_solution(workspace: &Workspace, lesson: &Lesson) -> Result<Sources> {
    let sources = read(&workspace.solution(lesson).join("src"))?;
    let own = lesson.solution().replace('-', "_");
    let alike =
        |text: String| text.replace(&own, &lesson.library()).replace(&lesson.solution(), &lesson.package());
    Ok(sources.into_iter().map(|(name, text)| (name, alike(text))).collect())
}

/// The Rust files of a folder.
pub fn read(folder: &Path) -> Result<Sources> {
    let entries = fs::read_dir(folder).with_context(|| {
        format!(
            "the folder `{}` cannot be read. Try `git status`, or unpack the course anew",
            folder.display()
        )
    })?;
    let mut sources = Sources::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_source = path.extension().is_some_and(|end| end == "rs") && !is_editors_own(&path);
        if is_source && path.is_file() {
            let text =
                fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
            sources.insert(shown(folder, &path), plain(&text));
        }
    }
    Ok(sources)
}

/// The text as it is compared: without the marks of the book's excerpts, and with the line ends of Unix.
pub fn plain(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("// ANCHOR"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither a byte order mark, nor other line ends, nor a missing last one is a difference.
    #[test]
    fn invisible_differences_are_none() {
        assert_eq!(plain("\u{feff}a\r\n  // ANCHOR: b\r\nc"), plain("a\nc\n"));
    }
}
