//! The workspace: its root, and where everything stands in it.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::language::said;
use crate::lesson::Lesson;

/// The table that every course workspace has, and nothing else does.
const TABLE: &str = "course/lessons.toml";

/// A clone of the course.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder that holds `Cargo.toml` and `course/lessons.toml`.
    root: PathBuf,
}

impl Workspace {
    /// Looks for the workspace from `start` upwards.
    pub fn find(start: &Path) -> Result<Self> {
        for folder in start.ancestors() {
            if folder.join(TABLE).is_file() {
                return Ok(Self { root: folder.to_path_buf() });
            }
        }
        bail!(said!(
            "`{folder}` is not inside the course: no folder above it has `{table}`. \
             Change into your clone with `cd`, then try `cargo course` again",
            folder = start.display(),
            table = TABLE
        ))
    }

    /// The folder that holds everything.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root, written with `/`.
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The table of lessons.
    pub fn table(&self) -> PathBuf {
        self.path(TABLE)
    }

    /// The reader's folder of one lesson.
    pub fn lesson(&self, lesson: &Lesson) -> PathBuf {
        self.path(&lesson.folder())
    }

    /// The folder of one lesson's checks.
    pub fn checks(&self, lesson: &Lesson) -> PathBuf {
        self.lesson(lesson).join("tests/checks")
    }

    /// What the lesson's `src` begins with.
    pub fn starter(&self, lesson: &Lesson) -> PathBuf {
        self.path(&format!("course/starters/{}/src", lesson.name()))
    }

    /// The solution's folder of one lesson.
    pub fn solution(&self, lesson: &Lesson) -> PathBuf {
        self.path(&lesson.solution_folder())
    }

    /// The page of one lesson.
    pub fn page(&self, lesson: &Lesson) -> PathBuf {
        self.path(&format!("book/src/en/{}.md", lesson.name()))
    }

    /// The Russian page of one lesson, if it is written.
    pub fn russian_page(&self, lesson: &Lesson) -> PathBuf {
        self.path(&format!("book/src/ru/{}.md", lesson.name()))
    }

    /// The hints of one lesson.
    pub fn hints(&self, lesson: &Lesson) -> PathBuf {
        self.path(&format!("course/hints/{}.md", lesson.name()))
    }

    /// The same in Russian, if they are written.
    pub fn russian_hints(&self, lesson: &Lesson) -> PathBuf {
        self.path(&format!("course/hints/{}.ru.md", lesson.name()))
    }

    /// What the tool remembers about this reader; git ignores it.
    pub fn state(&self) -> PathBuf {
        self.path(".course")
    }
}
