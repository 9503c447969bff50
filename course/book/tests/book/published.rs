//! The book as it is published: the same pages by our build and by mdBook's own protocol, and nothing is lost.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use crate::common::{Ground, workspace};

/// What mdBook starts, built by cargo for these tests.
const PREPROCESSOR: &str = env!("CARGO_BIN_EXE_mdbook-thaw");

/// All pages of a site by their names.
fn pages(site: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(site).expect("a site").map(|entry| entry.expect("an entry").path());
    let pages = entries.filter(|path| path.extension().is_some_and(|end| end == "html"));
    pages
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a page"))
        })
        .collect()
}

/// What `mdbook build` does with the book at `root`, with this command in place of that of book.toml.
fn mdbook(root: &Path, command: &str, out: &Path) -> Result<(), String> {
    let mut config = Config::from_disk(root.join("book/book.toml")).expect("book.toml");
    let named: Option<String> = config.get("preprocessor.thaw.command").expect("a text");
    assert_eq!(named.as_deref(), Some("cargo run --package book --bin mdbook-thaw --"));
    config.set("preprocessor.thaw.command", command).expect("a text");
    config.build.build_dir = out.to_path_buf();
    let book = MDBook::load_with_config(root.join("book"), config).expect("the pages");
    book.build().map_err(|error| format!("{error:#}"))
}

/// A program as a command of book.toml, whatever its path has in it.
fn quoted(program: &str) -> String {
    format!("'{}'", program.replace('\'', "'\\''"))
}

/// What the preprocessor answers to this input.
fn asked(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(PREPROCESSOR);
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It may end without reading.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// A page without what leads to the other language: mdBook builds one language at a time.
fn alone(page: &str) -> String {
    let is_own = |line: &&str| !line.contains("hreflang=") && !line.contains("'thaw-language'");
    page.split_inclusive('\n').filter(is_own).collect()
}

/// `mdbook build book` gives the pages that `cargo course build` gives, and one more for addresses that lead nowhere.
#[test]
fn mdbook_gives_the_same_pages() {
    let out = tempfile::TempDir::new().expect("a folder");
    let (ours, theirs) = (out.path().join("ours"), out.path().join("theirs"));
    let built = book::publish(&workspace(), Some(&ours)).expect("the book builds");
    mdbook(&workspace(), &quoted(PREPROCESSOR), &theirs).expect("mdBook builds it");
    let (ours, mut theirs) = (pages(&ours), pages(&theirs));
    assert!(theirs.remove("404.html").is_some());
    assert!(built.pages > ours.len() / 2, "the first page is there under two names, and all pages as one");
    for (name, page) in &theirs {
        assert!(ours.get(name).map(|page| alone(page)).as_ref() == Some(page), "{name} differs");
        assert!(!page.contains("{{#"), "{name} has a raw directive");
    }
    assert_eq!(ours.len(), theirs.len());
}

/// Each of these would leave raw directives in pages, and status 0.
#[test]
fn mdbook_fails_without_the_preprocessor() {
    let ground = Ground::new();
    let out = ground.root().join("out");
    let said = mdbook(ground.root(), "no-such-program-anywhere", &out).expect_err("there is none");
    assert!(said.contains("Unable to run the preprocessor `thaw`"), "{said}");
    // As cargo does when the preprocessor does not compile.
    let said = mdbook(ground.root(), "cargo --no-such-flag", &out).expect_err("it fails");
    assert!(said.contains("\"thaw\" preprocessor exited unsuccessfully"), "{said}");
    assert!(!out.join("page.html").exists());
}

/// What is wrong in a page is wrong here too.
#[test]
fn mdbook_fails_on_a_broken_page() {
    let ground = Ground::new();
    ground.page("# Page\n\n{{#timeline 09}}\n");
    let out = ground.root().join("out");
    let said = mdbook(ground.root(), &quoted(PREPROCESSOR), &out).expect_err("a broken page");
    assert!(said.contains("\"thaw\" preprocessor exited unsuccessfully"), "{said}");
    ground.page("# Page\n\n{{#timeline 01}}\n");
    mdbook(ground.root(), &quoted(PREPROCESSOR), &out).expect("a sound page");
}

/// Somebody starts it by hand, or with an mdBook of another series.
#[test]
fn preprocessor_says_what_it_is() {
    assert!(asked(&["supports", "html"], "").status.success());
    for (args, input, sentence) in [
        (&["--help"][..], "", "mdbook-thaw is started by mdBook, and takes no `--help`"),
        (&[], "nothing", "what stands on stdin is no book. Try `mdbook build book`"),
        (&[], "[{\"mdbook_version\":\"0.4.52\"},{}]", "your mdbook has the version 0.4.52"),
    ] {
        let output = asked(args, input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(sentence), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!output.status.success() && output.stdout.is_empty());
    }
}

/// Publishes the book of a small workspace, and returns what is said when that is refused.
fn refused(ground: &Ground, out: &str) -> String {
    let error = book::publish(ground.root(), Some(&ground.root().join(out))).expect_err(out);
    format!("{error:#}")
}

/// mdBook empties the folder that it builds into: here whatever is somebody else's stays as it is.
#[test]
fn foreign_folders_stay() {
    let ground = Ground::new();
    ground.put("public/letter.txt", "mine");
    assert!(refused(&ground, "public").contains("public is not empty"));
    assert!(refused(&ground, "public/letter.txt").contains("letter.txt is a file"));
    assert!(refused(&ground, "public/letter.txt/below").contains("cannot be written to"));
    assert!(refused(&ground, ".").contains("is not empty"));
    assert_eq!(fs::read_to_string(ground.root().join("public/letter.txt")).expect("it stays"), "mine");
}

/// A folder among the sources would become part of the next build, or of a commit.
#[test]
fn sources_stay() {
    let ground = Ground::new();
    for out in ["book", "book/src/en/site", "course/site", "lessons/../solutions/x", ".git", "book/build"] {
        let said = refused(&ground, out);
        assert!(said.contains("is among the sources"), "{out}: {said}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(ground.root().join("book/src"), ground.root().join("link"))
            .expect("a link");
        assert!(refused(&ground, "link/site").contains("is among the sources, in book"));
    }
    assert!(!ground.root().join("book/src/en/site").exists());
}

/// A folder that takes no file is told before the book is built.
#[cfg(unix)]
#[test]
fn folder_without_leave_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let ground = Ground::new();
    let out = ground.root().join("locked");
    fs::create_dir(&out).expect("a folder");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).expect("its rights");
    // Whoever may do everything may write there too; `/proc` takes no folder from anybody.
    let out =
        if fs::write(out.join("probe"), "").is_ok() { Path::new("/proc/thaw").to_path_buf() } else { out };
    let said = format!("{:#}", book::publish(ground.root(), Some(&out)).expect_err("no leave"));
    assert!(said.contains("cannot be written to") && said.contains("--out"), "{said}");
}

/// A second build takes away what the first one wrote and the book no longer has, and nothing else.
#[test]
fn second_build_keeps_what_it_did_not_write() {
    let ground = Ground::new();
    let out = ground.root().join("public");
    ground.put("book/src/en/SUMMARY.md", "# Summary\n\n- [Page](page.md)\n- [Other](other.md)\n");
    ground.put("book/src/en/other.md", "# Other\n");
    book::publish(ground.root(), Some(&out)).expect("the first build");
    ground.put("public/CNAME", "thaw.example");
    fs::remove_file(ground.root().join("book/src/en/other.md")).expect("a page");
    ground.put("book/src/en/SUMMARY.md", "# Summary\n\n- [Page](page.md)\n");
    ground.page("# Page\n\nAnother text.\n");
    book::publish(ground.root(), Some(&out)).expect("the second build");
    assert!(fs::read_to_string(out.join("page.html")).expect("a page").contains("Another text."));
    assert!(!out.join("other.html").exists() && out.join("CNAME").exists());
}

/// A page that is broken leaves the published book whole.
#[test]
fn broken_page_leaves_the_last_book() {
    let ground = Ground::new();
    let out = ground.root().join("public");
    book::publish(ground.root(), Some(&out)).expect("a sound book");
    let before = pages(&out);
    ground.page("# Page\n\n{{#timeline 09}}\n");
    assert!(refused(&ground, "public").contains("there is no lesson `09`"));
    assert!(pages(&out) == before);
}
