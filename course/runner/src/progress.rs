//! What the reader has done: `.course/progress.toml`, plain text that may be edited or deleted.
//!
//! Lessons are remembered by their slug, so that a lesson may get another number.
//! A name that no lesson has is ignored, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::lesson::Lesson;
use crate::say::aside;
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

impl Kept {
    /// Reads what the tool or an editor wrote; the error says in a few words what else it is.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err("it is UTF-16, and should be UTF-8".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let text = text.trim_start_matches('\u{feff}');
        toml::from_str(text).map_err(|error| error.message().trim().replace('\n', " "))
    }
}

/// Keeps a file under the first free name beside it, and says what became of it.
fn put_aside(path: &Path) -> String {
    let names = (1..).map(|n| if n == 1 { "broken".to_owned() } else { format!("broken-{n}") });
    let free = names.map(|end| path.with_extension(end)).find(|beside| !beside.exists());
    match free.filter(|beside| fs::rename(path, beside).is_ok()) {
        Some(beside) => format!("it is now `{}`", beside.display()),
        None => "it is ignored".to_owned(),
    }
}

impl Progress {
    /// Reads the progress; a file that cannot be read as such is put aside, with a word, and is progress of nothing.
    pub fn read(workspace: &Workspace) -> Self {
        let path = workspace.state().join("progress.toml");
        let kept = match fs::read(&path) {
            Ok(bytes) => Kept::from_bytes(&bytes),
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
                Ok(Kept::default())
            }
            Err(error) => Err(error.to_string()),
        };
        let kept = kept.unwrap_or_else(|trouble| {
            aside!("`{}` is not readable as progress ({trouble}): {}", path.display(), put_aside(&path));
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
            format!("progress cannot be written to `{}`. Try `ls -l .course`", self.path.display())
        })
    }
}
