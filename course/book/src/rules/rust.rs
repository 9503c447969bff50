//! No line of Rust in the book is typed by hand: each block is one include of a compiled file.

use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use super::compiled::Compiled;
use super::page::{Block, Page};
use crate::anchor;
use crate::expand::tidy;
use crate::problem::Problem;
use crate::sources::Sources;

static INCLUDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\{\{#include ([^:}\s]+):([\w-]+)\}\}$").expect("a constant pattern"));

/// What is wrong with the Rust blocks of a page.
pub(crate) fn problems(page: &Page, sources: &Sources, compiled: &Compiled) -> Vec<Problem> {
    let rust = page.blocks.iter().filter(|block| block.is_rust());
    let wrong = rust.filter_map(|block| Some((block, wrong(block, page, sources, compiled)?)));
    wrong.map(|(block, (what, next))| Problem::new(&page.name, block.line, what, next)).collect()
}

fn wrong(block: &Block, page: &Page, sources: &Sources, compiled: &Compiled) -> Option<(String, String)> {
    if block.tags().any(|tag| tag == "ignore") {
        return unreasoned(block);
    }
    if !matches!(block.tags().next(), Some("rust")) {
        return Some((
            "this block looks like Rust and is not tagged so.".into(),
            "Tag it `rust`, and include it from a compiled file.".into(),
        ));
    }
    let Some(found) = INCLUDE.captures(block.text.trim()) else {
        return Some((
            "this Rust is typed by hand.".into(),
            "Write one line instead: {{#include PATH:ANCHOR}} of a compiled file.".into(),
        ));
    };
    let path = tidy(&page.path.with_file_name("").join(&found[1]));
    if !compiled.has(&path) {
        return Some((
            format!("nothing compiles {}.", sources.name(&path)),
            "Include a file that a package of the workspace compiles.".into(),
        ));
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    let what = anchor::cut(&text, &found[2]).err()?;
    Some((
        format!("in {}, {what}", sources.name(&path)),
        "Let the anchor open and close once, around the lines to show.".into(),
    ))
}

/// A block that nothing compiles must say why.
fn unreasoned(block: &Block) -> Option<(String, String)> {
    let reason = block.before.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
    if reason.is_some_and(|reason| reason.trim().len() >= 10) {
        return None;
    }
    Some((
        "this Rust block says `ignore` without a reason.".into(),
        "Write the reason on the line before: <!-- why nothing compiles this -->".into(),
    ))
}
