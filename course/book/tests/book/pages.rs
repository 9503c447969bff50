//! The pages of this course keep the rules, and so does the site that is built from them.

use crate::common::{has_git, workspace};
use book::{Problem, Sources, rules};

/// Fails with everything that is wrong, one line each.
fn none(problems: Vec<Problem>) {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

/// Rust, transcripts, skeletons, names and the summary.
#[test]
fn pages_keep_the_rules() {
    for sources in Sources::all(&workspace()) {
        none(rules::pages(&sources).expect("the pages can be read"));
    }
}

/// Russian pages beside the English ones: versions, headings, code, links, terms, and no English left over.
#[test]
fn russian_pages_follow_the_english_ones() {
    if !has_git() {
        return;
    }
    none(rules::translation(&Sources::english(&workspace())).expect("the pages can be read"));
}

/// The book builds, each link leads somewhere, and no page asks another host.
#[test]
fn site_is_whole() {
    let out = tempfile::TempDir::new().expect("a folder");
    book::build(&workspace(), out.path()).expect("the book builds");
    none(rules::links(out.path()).expect("a site"));
    none(rules::foreign(out.path()).expect("a site"));
}

/// The pictures of both READMEs are those of the recorded runs.
#[test]
fn posters_are_up_to_date() {
    for (path, picture) in book::posters(&workspace()).expect("the recorded runs") {
        let drawn = std::fs::read_to_string(&path).expect("the poster");
        let next = "Try `cargo run -p book --example poster`";
        assert!(drawn == picture, "{} shows an older run. {next}", path.display());
    }
}
