//! Where everything that a page is made of stands.

use std::path::{Path, PathBuf};

/// The folders of one workspace, seen by the book in one language.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The workspace: lessons, solutions and the table of lessons stand below it.
    pub root: PathBuf,
    /// The language of the pages, which names their folder.
    pub language: &'static str,
}

impl Sources {
    /// The English book of the workspace at `root`.
    pub fn english(root: &Path) -> Self {
        Self { root: root.to_path_buf(), language: "en" }
    }

    /// The folder of mdBook's configuration and theme.
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// The folder of the pages.
    pub fn pages(&self) -> PathBuf {
        self.book().join("src").join(self.language)
    }

    /// The ignored folder that the served book is built into.
    pub fn default_out(&self) -> PathBuf {
        self.book().join("build").join(self.language)
    }

    /// A path as messages name it: from the root, with forward slashes.
    pub fn name(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.root).unwrap_or(path);
        short.to_string_lossy().replace('\\', "/")
    }
}
