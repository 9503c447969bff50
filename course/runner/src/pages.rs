//! Where a reader finds a section of a page: in the book that is served right now, or else in its source.

use std::fs;
use std::path::Path;

use crate::language;

/// The folder of the Russian pages, in the sources and in the site.
pub const RUSSIAN: &str = "ru";

/// The pages of a workspace.
pub struct Pages<'a> {
    /// Below which their sources stand.
    root: &'a Path,
    /// Where the book is served, if it is.
    book: Option<String>,
}

impl<'a> Pages<'a> {
    /// The pages of the workspace at `root`, served at `book`.
    pub fn new(root: &'a Path, book: Option<String>) -> Self {
        Self { root, book }
    }

    /// The place of a section, `03-thread-and-channel.md#the-idea`, in the reader's language where the page has it.
    pub fn place(&self, section: &str) -> String {
        let (page, id) = section.split_once('#').unwrap_or((section, ""));
        let source = |language: &str| self.root.join("book/src").join(language).join(page);
        let is_russian = language::words().is_translated() && source(RUSSIAN).is_file();
        match (&self.book, is_russian) {
            (Some(url), _) => {
                let folder = if is_russian { "ru/" } else { "" };
                format!("{url}{folder}{}", section.replacen(".md", ".html", 1))
            }
            (None, false) => format!("book/src/en/{section}"),
            // A heading of the source has no address yet: it is found by its words.
            (None, true) => {
                let [english, russian] =
                    ["en", RUSSIAN].map(|language| fs::read_to_string(source(language)).unwrap_or_default());
                let heading = book::translated_heading(&english, &russian, id);
                let heading = heading.map_or(String::new(), |heading| format!(", «{heading}»"));
                format!("book/src/ru/{page}{heading}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place to read is a link while the book is served, and a file otherwise.
    #[test]
    fn place_follows_the_book() {
        let place = |book: Option<&str>| {
            Pages::new(Path::new("/nowhere"), book.map(str::to_owned)).place("03-x.md#a")
        };
        assert_eq!(place(None), "book/src/en/03-x.md#a");
        assert_eq!(place(Some("http://[::1]:3/")), "http://[::1]:3/03-x.html#a");
    }
}
