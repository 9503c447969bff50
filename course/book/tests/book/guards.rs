//! What mdBook passes over in silence stops a build of this book. Each guard is seen to fire.

use crate::common::Ground;

/// Builds a page that must fail, and returns what the build says.
fn refused(page: &str) -> String {
    Ground::new().page(page).build().expect_err("the build must fail")
}

/// A sound book is built, so that the refusals below mean something.
#[test]
fn sound_book_is_built() {
    let html = Ground::new()
        .page("# Page\n\n```rust\n{{#include ../../../lessons/01-frozen/src/lib.rs:one}}\n```\n")
        .build()
        .expect("sound");
    assert!(html.contains("one"), "{html}");
}

/// mdBook leaves the directive in the page and succeeds.
#[test]
fn missing_include_is_refused() {
    let said = refused("# Page\n\ntext\n\n{{#include nowhere.rs:one}}\n");
    assert!(said.contains("book/src/en/page.md:5:") && said.contains("nowhere.rs cannot be read"), "{said}");
}

/// mdBook prints an empty block.
#[test]
fn missing_anchor_is_refused() {
    let said = refused("{{#include ../../../lessons/01-frozen/src/lib.rs:two}}\n");
    assert!(said.contains("there is no anchor `two`") && said.contains("ANCHOR_END: two"), "{said}");
}

/// An anchor around nothing is an empty block too.
#[test]
fn empty_anchor_is_refused() {
    let said = refused("{{#include ../../../lessons/01-frozen/src/lib.rs:void}}\n");
    assert!(said.contains("the anchor `void` is empty"), "{said}");
}

/// mdBook would show the file down to its end.
#[test]
fn open_anchor_is_refused() {
    let said = refused("{{#include ../../../lessons/01-frozen/src/lib.rs:open}}\n");
    assert!(said.contains("the anchor `open` never closes"), "{said}");
}

/// A misspelled, cut or foreign directive must not reach the reader.
#[test]
fn leftovers_are_refused() {
    for page in [
        "{{#inclued a.rs:b}}",
        "{{#include a.rs:b",
        "{{ #playground a.rs}}",
        "\\{{#include a.rs}}",
        "{{#title No}}",
    ] {
        let said = refused(&format!("# Page\n\n{page}\n"));
        assert!(said.contains("page.md:3:"), "{page}: {said}");
    }
}

/// Each of our own directives names the file that it misses.
#[test]
fn missing_recordings_are_refused() {
    assert!(refused("{{#transcript none}}").contains("book/transcripts/none.txt cannot be read"));
    assert!(refused("{{#timeline 09}}").contains("there is no lesson `09`"));
    assert!(refused("{{#diff 9}}").contains("there is no lesson `9`"));
    let ground = Ground::new();
    ground.put("book/traces/01-thawed.json", "{}");
    let said = ground.page("{{#timeline 01}}").build().expect_err("no trace");
    assert!(said.contains("book/traces/01-thawed.json is no trace"), "{said}");
}

/// A build says everything that is wrong at once.
#[test]
fn all_problems_are_named() {
    let said = refused("{{#timeline 09}}\n\n{{#transcript none}}\n");
    assert_eq!(said.lines().filter(|line| line.contains("page.md")).count(), 2, "{said}");
}

/// mdBook creates a page that is listed and missing.
#[test]
fn missing_page_is_not_created() {
    let ground = Ground::new();
    ground.put("book/src/en/SUMMARY.md", "# Summary\n\n- [Page](page.md)\n- [Ghost](ghost.md)\n");
    let said = ground.build().expect_err("a page is missing");
    assert!(said.contains("ghost.md"), "{said}");
    assert!(!ground.root().join("book/src/en/ghost.md").exists());
}

/// mdBook skips a page that is not listed.
#[test]
fn unlisted_page_is_refused() {
    let ground = Ground::new();
    ground.put("book/src/en/01-frozen.md", "# 01. The frozen client\n");
    let said = ground.build().expect_err("a page is not listed");
    assert!(said.contains("Add `- [01. The frozen client](01-frozen.md)`"), "{said}");
}

/// mdBook only logs it, and drops the whole table.
#[test]
fn unknown_key_is_refused() {
    let ground = Ground::new();
    ground.put("book/book.toml", "[output.html]\nno-such-key = true\n");
    let said = ground.build().expect_err("an unknown key");
    assert!(said.contains("no-such-key"), "{said}");
}

/// A page with Rust would call play.rust-lang.org.
#[test]
fn runnable_code_is_refused() {
    let ground = Ground::new();
    ground.put("book/book.toml", "[output.html.playground]\nrunnable = true\n");
    assert!(ground.build().expect_err("runnable").contains("runnable = false"));
}

/// What mdBook logs as a warning, like HTML that does not close, is said aloud.
#[test]
fn warning_in_the_log_is_refused() {
    let said = refused("# Page\n\n<div><span>open</div>\n");
    assert!(said.contains("mdBook:"), "{said}");
}

/// No directive of ours leaves a trace of itself in a page.
#[test]
fn directives_expand() {
    let html = Ground::new()
        .page("# Page\n\n{{#timeline 01}}\n\n{{#diff 01}}\n\n{{#transcript run}}\n\n{{#lessons}}\n")
        .build()
        .expect("sound");
    for part in [
        "<svg class=\"tl-picture\" role=\"img\"",
        "<ins>+ // solutions</ins>",
        "$ cargo run",
        "The frozen client",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!html.contains("{{#"), "{html}");
}
