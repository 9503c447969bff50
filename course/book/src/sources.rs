//! Where everything that a page is made of stands.

use std::path::{Path, PathBuf};

use crate::russian;
use crate::translation::Words;

/// The folder of the Russian pages, in the sources and in the site, and the code of their language.
pub(crate) const RUSSIAN: &str = "ru";

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

    /// The Russian book of the workspace at `root`, as far as it is written.
    pub fn russian(root: &Path) -> Self {
        Self { root: root.to_path_buf(), language: RUSSIAN }
    }

    /// The book in each language that has a summary; English comes first, since the others stand below it.
    pub fn all(root: &Path) -> Vec<Self> {
        let mut all = vec![Self::english(root), Self::russian(root)];
        all.retain(|book| book.language != RUSSIAN || book.pages().join("SUMMARY.md").exists());
        all
    }

    /// Whether this is the Russian book.
    pub fn is_russian(&self) -> bool {
        self.language == RUSSIAN
    }

    /// The language of the pictures.
    pub fn words(&self) -> Words {
        if self.is_russian() { russian::pictures() } else { Words::ENGLISH }
    }

    /// Where the pages of this language stand in a site at `out`: English at its top, Russian below `ru`.
    pub fn place(&self, out: &Path) -> PathBuf {
        if self.is_russian() { out.join(RUSSIAN) } else { out.to_path_buf() }
    }

    /// The folder of mdBook's configuration and theme.
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// The folder of the pages.
    pub fn pages(&self) -> PathBuf {
        self.book().join("src").join(self.language)
    }

    /// The English page that a translated page follows.
    pub fn original(&self, page: &Path) -> PathBuf {
        Self::english(&self.root).pages().join(page)
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
