//! The rules for pages are seen to fire, each on a page that breaks it.

use std::fs;

use crate::common::Ground;
use book::rules;

/// What the rules say about a page.
fn said(page: &str) -> String {
    Ground::new().page(page).rules()
}

/// The page that keeps all rules.
#[test]
fn sound_page_passes() {
    assert_eq!(
        said(
            "# Page\n\n```rust\n{{#include ../../../solutions/01-frozen/src/lib.rs:one}}\n```\n\n```sh\ncargo run\n```\n"
        ),
        ""
    );
}

/// Rust that nothing compiles is refused under each of its disguises.
#[test]
fn typed_rust_is_refused() {
    let fences = [
        "```rust\nfn main() {}\n```",
        "```rs\nlet x = 1;\n```",
        "```\nfn main() {}\n```",
        "~~~text\nuse std::fs;\n~~~",
        "    let x = 1;",
        "- x\n\n  ```rust\n  1\n  ```",
    ];
    for fence in fences {
        let said = said(&format!("# Page\n\n{fence}\n"));
        assert!(said.contains("page.md:"), "{fence}: {said:?}");
    }
}

/// An include must be all of the block, name an anchor, and be of a file that is compiled.
#[test]
fn weak_includes_are_refused() {
    let lib = "../../../lessons/01-frozen/src/lib.rs";
    for inside in [
        format!("{{{{#include {lib}}}}}"),
        format!("{{{{#include {lib}:one}}}}\nfn more() {{}}"),
        format!("{{{{#include {lib}:2:3}}}}"),
        format!("{{{{#include {lib}:void}}}}"),
    ] {
        assert!(said(&format!("```rust\n{inside}\n```\n")).contains("page.md:1"), "{inside}");
    }
    let ground = Ground::new();
    ground.put("lessons/01-frozen/src/stray.rs", "// ANCHOR: a\nfn a() {}\n// ANCHOR_END: a\n");
    let said = ground.page("```rust\n{{#include ../../../lessons/01-frozen/src/stray.rs:a}}\n```\n").rules();
    assert!(said.contains("nothing compiles lessons/01-frozen/src/stray.rs"), "{said}");
}

/// `ignore` passes with a reason only.
#[test]
fn ignored_rust_needs_a_reason() {
    assert!(said("text\n\n```rust,ignore\nloop {}\n```\n").contains("without a reason"));
    assert_eq!(said("<!-- It must not compile: that is the lesson. -->\n```rust,ignore\nloop {}\n```\n"), "");
}

/// A run that nobody saw is no transcript.
#[test]
fn typed_transcripts_are_refused() {
    for fence in ["```console\n$ cargo run\n```", "```\n$ cargo run\nhello\n```", "```sh\n$ cargo run\n```"] {
        assert!(said(fence).contains("typed by hand"), "{fence}");
    }
}

/// What unfolds something is HTML, and code in it, too.
#[test]
fn folds_have_code_of_html() {
    let fold = |words: &str| {
        said(&format!("# Page\n\n<details><summary>{words}</summary>\n\nText.\n\n</details>\n"))
    };
    assert!(fold("The whole of `run`").contains("page.md:3: a backtick"));
    assert_eq!(fold("The whole of <code>run</code>"), "");
}

/// Words that help nobody are found in sentences, and left alone in code.
#[test]
fn idle_words_are_found() {
    assert!(said("# Page\n\nText.\nThis is Easy.\n").contains("page.md:4: the word `Easy`"));
    assert_eq!(said("# Page\n\nA `just` and\n\n```sh\njust build\n```\n\n    of course\n\nText.\n"), "");
}

/// Four anchors in one solution are one too many.
#[test]
fn crowded_solution_is_refused() {
    let ground = Ground::new();
    let anchors: String =
        (0..4).map(|n| format!("// ANCHOR: a{n}\nfn a{n}() {{}}\n// ANCHOR_END: a{n}\n")).collect();
    ground.put("solutions/01-frozen/src/lib.rs", &anchors);
    assert!(ground.rules().contains("it has 4 anchors"));
}

/// A lesson page is held to its skeleton, heading by heading and part by part.
#[test]
fn lesson_page_follows_the_skeleton() {
    let ground = Ground::new();
    ground.put("book/src/en/SUMMARY.md", "- [Page](page.md)\n- [01](01-frozen.md)\n");
    let sound = skeleton();
    ground.put("book/src/en/01-frozen.md", &sound);
    assert_eq!(ground.rules(), "");
    let breaks = [
        ("# 01. The", "# 1. The"),
        ("See it.", "See."),
        ("2 to solve", "some to solve"),
        ("## Predict\n", "## Guess\n"),
        ("## Checkpoint\n", ""),
        ("{{#timeline 01}}", ""),
        ("{{#diff 01}}", "{{#diff 02}}"),
        ("{{#transcript 01-frozen}}", ""),
        ("<thaw-quiz>", ""),
        (" class=\"right\"", ""),
        ("<details><summary>No", "<details class=\"right\"><summary>No"),
        ("**Not so.** It is a guess.", "It is a guess."),
        ("**Right.** It was read.", "**Right.**"),
        ("**3.** ", ""),
        ("<details><summary>Perhaps</summary>", ""),
    ];
    for (from, to) in breaks {
        ground.put("book/src/en/01-frozen.md", &sound.replacen(from, to, 1));
        assert!(ground.rules().contains("01-frozen.md"), "{from} became {to}");
    }
}

/// Three questions, as a page asks them.
const QUIZ: &str = "<thaw-quiz>\n\n**1.** Was it read?\n
<details><summary>No</summary>\n\n**Not so.** It was seen.\n\n</details>
<details class=\"right\"><summary>Yes</summary>\n\n**Right.** It was read.\n\n</details>
<details><summary>Perhaps</summary>\n\n**Not so.** It is a guess.\n\n</details>\n
**2.** And now?\n
<details><summary>No</summary>\n\n**Not so.** It was seen.\n\n</details>
<details><summary>Perhaps</summary>\n\n**Not so.** It is a guess.\n\n</details>
<details class=\"right\"><summary>Yes</summary>\n\n**Right.** It was read.\n\n</details>\n
**3.** And then?\n
<details class=\"right\"><summary>Yes</summary>\n\n**Right.** It was read.\n\n</details>
<details><summary>No</summary>\n\n**Not so.** It was seen.\n\n</details>
<details><summary>Perhaps</summary>\n\n**Not so.** It is a guess.\n\n</details>\n
</thaw-quiz>";

fn skeleton() -> String {
    let body = |heading: &str| match heading {
        "Run it" => "{{#transcript 01-frozen}}",
        "Predict" => "<details><summary>Why?</summary>Because.</details>",
        "Check yourself" => QUIZ,
        "The idea" => "{{#timeline 01}}",
        "In Python terms" => "```python\n{{#include ../../python/01_frozen.py}}\n```",
        "Compare with the solution" => "{{#diff 01}}",
        _ => "Text.",
    };
    let sections = rules::HEADINGS.iter().map(|heading| format!("\n## {heading}\n\n{}\n", body(heading)));
    format!(
        "# 01. The frozen client\n\nSee it.\n\n*1 minutes to read, 2 to solve.*\n{}",
        sections.collect::<String>()
    )
}

/// A page that is named like a lesson must be one.
#[test]
fn page_of_no_lesson_is_refused() {
    let ground = Ground::new();
    ground.put("book/src/en/SUMMARY.md", "- [Page](page.md)\n- [02](02-thawed.md)\n");
    ground.put("book/src/en/02-thawed.md", "# 02\n");
    assert!(ground.rules().contains("no lesson of course/lessons.toml has this name"));
}

/// A site with one page.
fn site(body: &str) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().expect("a folder");
    fs::write(folder.path().join("index.html"), body).expect("a page");
    fs::write(folder.path().join("other.html"), "<h2 id=\"here\">Here</h2>").expect("a page");
    folder
}

/// Links to other hosts are links; only what is fetched by itself is foreign.
#[test]
fn foreign_requests_are_found() {
    let foreign = [
        "<img src=\"https://x.org/a.png\">",
        "<script src='//x.org/a.js'></script>",
        "<link rel=\"stylesheet\" href=\"https://x.org/a.css\">",
        "<style>@import url(https://x.org/f.css)</style>",
        "<pre class=\"playground\"></pre>",
    ];
    for body in foreign {
        assert_eq!(rules::foreign(site(body).path()).expect("a site").len(), 1, "{body}");
    }
    assert!(rules::foreign(site("<a href=\"https://x.org\">x</a>").path()).expect("a site").is_empty());
}

/// mdBook does not look where links and fragments lead.
#[test]
fn dead_links_are_found() {
    for link in ["gone.html", "other.html#gone", "#gone", "/gone.html"] {
        let problems = rules::links(site(&format!("<a href=\"{link}\">x</a>")).path()).expect("a site");
        assert_eq!(problems.len(), 1, "{link}");
    }
    for link in ["other.html", "other.html#here", "/other.html#here", "https://x.org/#any"] {
        let problems = rules::links(site(&format!("<a href=\"{link}\">x</a>")).path()).expect("a site");
        assert!(problems.is_empty(), "{link}: {problems:?}");
    }
}
