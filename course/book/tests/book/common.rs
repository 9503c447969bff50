//! A small workspace in a folder that goes away: the ground on which the guards are tried.
#![allow(dead_code, reason = "each test crate uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};

use book::Sources;
use tempfile::TempDir;

const FROZEN: &str = include_str!("../fixtures/frozen.json");
const THAWED: &str = include_str!("../fixtures/thawed.json");
const TOML: &str = include_str!("../../../../book/book.toml");
const LESSONS: &str =
    "[[lesson]]\nnumber = \"01\"\nslug = \"frozen\"\ntitle = \"The frozen client\"\npromise = \"See it.\"\n";
const LIB: &str = "//! A lesson.\n// ANCHOR: one\nfn one() {}\n// ANCHOR_END: one\n// ANCHOR: void\n// ANCHOR_END: void\n// ANCHOR: open\n";

/// The workspace that these tests belong to.
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workspace is there")
}

/// Whether there is git; says what is passed over where there is none.
pub fn has_git() -> bool {
    let has = book::git::command(Path::new(".")).arg("--version").output().is_ok();
    if !has {
        eprintln!("passed over: git tells which version of a page a translation follows");
    }
    has
}

/// A workspace with one lesson, one page and nothing wrong.
pub struct Ground {
    /// The folder; it goes away with this.
    folder: TempDir,
}

impl Ground {
    /// Lays the ground.
    pub fn new() -> Self {
        let ground = Self { folder: TempDir::new().expect("a folder") };
        // The theme's files are not there.
        let lines = TOML.lines().filter(|line| !line.starts_with("additional-"));
        ground.put("book/book.toml", &lines.map(|line| format!("{line}\n")).collect::<String>());
        ground.put("book/src/en/SUMMARY.md", "# Summary\n\n- [Page](page.md)\n");
        ground.put("book/src/en/page.md", "# Page\n\nText.\n");
        ground.put("book/traces/01-frozen.json", FROZEN);
        ground.put("book/traces/01-thawed.json", THAWED);
        ground.put("book/transcripts/run.txt", "$ cargo run\nhello\n");
        ground.put("course/lessons.toml", LESSONS);
        for kind in ["lessons", "solutions"] {
            ground.put(&format!("{kind}/01-frozen/Cargo.toml"), "");
            ground.put(&format!("{kind}/01-frozen/src/lib.rs"), &format!("{LIB}// {kind}\n"));
        }
        ground
    }

    /// The root of the workspace.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The workspace as the book sees it.
    pub fn sources(&self) -> Sources {
        Sources::english(self.root())
    }

    /// Writes a file.
    pub fn put(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Writes the page.
    pub fn page(&self, text: &str) -> &Self {
        self.put("book/src/en/page.md", text);
        self
    }

    /// Builds the book; the HTML of the page, or everything that is wrong.
    pub fn build(&self) -> Result<String, String> {
        let out = self.root().join("out");
        book::build(self.root(), &out).map_err(|error| format!("{error:#}"))?;
        Ok(fs::read_to_string(out.join("page.html")).expect("the page is built"))
    }

    /// What is wrong with the pages, by the rules.
    pub fn rules(&self) -> String {
        let problems = book::rules::pages(&self.sources()).expect("the pages can be read");
        problems.iter().map(|problem| format!("{problem}\n")).collect()
    }
}
