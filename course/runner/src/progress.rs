//! What the reader has done: `.course/progress.toml`, plain text that may be edited or deleted.
//!
//! Lessons are remembered by their slug, so that a lesson may get another number.
//! A name that no lesson has is ignored, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::language::{said, word};
use crate::lesson::Lesson;
use crate::replace::replace;
use crate::say::aside;
use crate::workspace::Workspace;

/// Heads the file, for whoever opens it.
const HEAD: &str = "# What you have done in this course. `cargo course` reads and writes it;\n\
                    # delete a line to do that lesson again, or the file to begin anew.\n\n";

/// How long another run may change the file, which takes it a moment.
const LONGEST: Duration = Duration::from_secs(2);

/// The reader's progress.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Where it is kept.
    path: PathBuf,
    /// What is kept there.
    kept: Kept,
}

/// The content of the file; whatever else stands in it is ignored.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
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
            return Err(word("it is UTF-16, and should be UTF-8"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| word("it is not UTF-8"))?;
        let text = text.trim_start_matches('\u{feff}');
        toml::from_str(text).map_err(|error| error.message().trim().replace('\n', " "))
    }
}

/// Whether an error came of this kind of trouble with a file.
fn is_of(error: &anyhow::Error, kind: ErrorKind) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == kind)
}

/// Keeps a file under the first free name beside it, and says what became of it.
fn put_aside(path: &Path) -> String {
    let names = (1..).map(|n| if n == 1 { "broken".to_owned() } else { format!("broken-{n}") });
    let free = names.map(|end| path.with_extension(end)).find(|beside| !beside.exists());
    match free.filter(|beside| fs::rename(path, beside).is_ok()) {
        Some(beside) => said!("it is now `{path}`", path = beside.display()),
        None => word("it is ignored"),
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
            let (file, fate) = (path.display(), put_aside(&path));
            let told = said!(
                "`{file}` is not readable as progress ({trouble}): {fate}",
                file = file,
                trouble = trouble,
                fate = fate
            );
            aside!("{told}");
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
        self.change(|kept| kept.solved.insert(lesson.slug.clone()))
    }

    /// Forgets everything about this lesson.
    pub fn forget(&mut self, lesson: &Lesson) -> Result<()> {
        self.change(|kept| kept.solved.remove(&lesson.slug) | kept.hints.remove(&lesson.slug).is_some())
    }

    /// Forgets everything about every lesson.
    pub fn forget_all(&mut self) -> Result<()> {
        self.change(|kept| std::mem::take(kept) != Kept::default())
    }

    /// Whether nothing was done yet.
    pub fn is_empty(&self) -> bool {
        self.kept == Kept::default()
    }

    /// Writes all of it to a new file.
    ///
    /// # Errors
    /// When there is such a file, or it cannot be written.
    pub fn export(&self, file: &Path) -> Result<()> {
        let written = self.text().and_then(|text| {
            let mut new = fs::File::options().write(true).create_new(true).open(file)?;
            Ok(new.write_all(text.as_bytes())?)
        });
        match written {
            Err(error) if is_of(&error, ErrorKind::AlreadyExists) => {
                bail!(said!(
                    "`{file}` is there already, and stays as it is. Try another name",
                    file = file.display()
                ))
            }
            written => written.with_context(|| said!("`{path}` cannot be written", path = file.display())),
        }
    }

    /// Adds what another file has: what was solved in either is solved, and hints that were shown stay shown.
    ///
    /// # Errors
    /// When the file is no progress; nothing is changed then.
    pub fn import(&mut self, file: &Path) -> Result<()> {
        let bytes =
            fs::read(file).with_context(|| said!("`{path}` cannot be read", path = file.display()))?;
        let new = Kept::from_bytes(&bytes).and_then(|kept| match kept == Kept::default() {
            true => Err(word("it names neither `solved` nor `hints`")),
            false => Ok(kept),
        });
        let new = new.map_err(|trouble| {
            anyhow!(said!(
                "`{file}` is no progress of this course ({trouble}), and nothing was changed. \
                 Try a file of `cargo course progress --export FILE`",
                file = file.display(),
                trouble = trouble
            ))
        })?;
        self.change(|kept| {
            let before = kept.clone();
            kept.solved.extend(new.solved);
            for (lesson, shown) in new.hints {
                let own = kept.hints.entry(lesson).or_default();
                *own = shown.max(*own);
            }
            *kept != before
        })
    }

    /// In a few words: `3 solved lessons, hints of 2`.
    pub fn summary(&self) -> String {
        let (solved, hints) = (self.kept.solved.len(), self.kept.hints.len());
        match solved {
            1 => said!("1 solved lesson, hints of {hints}", hints = hints),
            _ => said!("{solved} solved lessons, hints of {hints}", solved = solved, hints = hints),
        }
    }

    /// How many hints of this lesson were shown.
    pub fn hints(&self, lesson: &Lesson) -> usize {
        self.kept.hints.get(&lesson.slug).copied().unwrap_or(0)
    }

    /// Remembers how many hints of this lesson were shown.
    pub fn hinted(&mut self, lesson: &Lesson, shown: usize) -> Result<()> {
        self.change(|kept| kept.hints.insert(lesson.slug.clone(), shown) != Some(shown))
    }

    /// Changes what is kept, and not what another run of the tool has written meanwhile.
    fn change(&mut self, apply: impl FnOnce(&mut Kept) -> bool) -> Result<()> {
        let _alone = self.alone();
        if let Ok(Ok(kept)) = fs::read(&self.path).map(|bytes| Kept::from_bytes(&bytes)) {
            self.kept = kept;
        }
        if apply(&mut self.kept) { self.write() } else { Ok(()) }
    }

    /// Held while the file changes. Where there is no such lock, or one that nobody gives back, it goes without.
    fn alone(&self) -> Option<fs::File> {
        fs::create_dir_all(self.path.parent()?).ok()?;
        let file = fs::File::create(self.path.with_extension("lock")).ok()?;
        let until = Instant::now() + LONGEST;
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if Instant::now() > until {
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        }
        Some(file)
    }

    fn text(&self) -> Result<String> {
        Ok(HEAD.to_owned() + &toml::to_string(&self.kept).context("progress is not plain text")?)
    }

    /// Writes beside the file first: a full disk must not lose what was there.
    fn write(&self) -> Result<()> {
        let text = self.text()?;
        replace(&self.path, text).with_context(|| {
            said!("progress cannot be written to `{path}`. Try `ls -l .course`", path = self.path.display())
        })
    }
}
