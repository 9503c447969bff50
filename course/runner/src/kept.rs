//! The last verdict on each lesson, whoever asked for it: `.course/reports/SLUG.json`, for the page.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use book::saves::is_source;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::lesson::Lesson;
use crate::replace::replace;
use crate::report::Part;
use crate::workspace::Workspace;

/// What changes the color of a text at a terminal.
static COLOR: LazyLock<Regex> = LazyLock::new(|| Regex::new("\x1b\\[[0-9;]*m").unwrap());

/// What an attempt at a whole lesson came to.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Report {
    /// Which sources were judged, as [`sources`] tells.
    pub sources: String,
    /// What stood in the way of a build.
    pub broken: Option<String>,
    /// Whether all checks pass.
    pub is_solved: bool,
    /// The checks by task.
    pub parts: Vec<Part>,
}

impl Report {
    /// What is kept of a lesson; none of one that was not tried. What cannot be read is none.
    pub fn read(workspace: &Workspace, lesson: &Lesson) -> Option<Self> {
        serde_json::from_slice(&fs::read(path(workspace, lesson)).ok()?).ok()
    }

    /// Keeps it in place of the last one.
    pub fn keep(&self, workspace: &Workspace, lesson: &Lesson) -> Result<()> {
        let path = path(workspace, lesson);
        let text = serde_json::to_string(self).context("the verdict is no JSON")?;
        replace(&path, text).with_context(|| format!("the verdict cannot be kept in `{}`", path.display()))
    }

    /// Forgets what is kept of a lesson.
    pub fn forget(workspace: &Workspace, lesson: &Lesson) {
        let _ = fs::remove_file(path(workspace, lesson));
    }
}

/// Lessons are remembered by their slug, as in the progress.
fn path(workspace: &Workspace, lesson: &Lesson) -> PathBuf {
    workspace.state().join("reports").join(&lesson.slug).with_extension("json")
}

/// A word that differs when a source of the lesson, its manifest or a check does.
pub fn sources(workspace: &Workspace, lesson: &Lesson) -> String {
    let mut hasher = DefaultHasher::new();
    let folder = workspace.lesson(lesson);
    for part in ["src", "tests", "Cargo.toml"] {
        add(&folder.join(part), &mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn add(path: &Path, hasher: &mut DefaultHasher) {
    let mut below: Vec<_> =
        fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    below.sort();
    below.iter().for_each(|path| add(path, hasher));
    if is_source(path) {
        (path, fs::read(path).unwrap_or_default()).hash(hasher);
    }
}

/// A text without its colors.
pub fn plain(text: &str) -> String {
    COLOR.replace_all(text, "").into_owned()
}
