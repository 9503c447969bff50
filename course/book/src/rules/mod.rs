//! The rules that pages and the built site keep. Each returns what breaks it; tests say that nothing does.

mod compiled;
mod html;
mod page;
mod quiz;
mod russian;
mod rust;
mod skeleton;
mod summary;

use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use crate::anchor;
use crate::lessons::{Lesson, lessons};
use crate::problem::Problem;
use crate::sources::Sources;

pub use compiled::Compiled;
pub use html::{foreign, links};
pub use page::{Block, Page};
pub use russian::translation;
pub use skeleton::HEADINGS;
pub use summary::unlisted;

/// The anchors that one solution file may have: more would make a page out of it.
pub const ANCHORS: usize = 3;

/// Every rule for the pages of a book.
pub fn pages(sources: &Sources) -> anyhow::Result<Vec<Problem>> {
    let compiled = Compiled::find(&sources.root);
    let lessons = lessons(sources)?;
    let mut problems = unlisted(sources);
    for page in Page::all(sources)? {
        problems.extend(rust::problems(&page, sources, &compiled));
        problems.extend(transcripts(&page));
        problems.extend(folds(&page));
        if !sources.is_russian() {
            problems.extend(words(&page));
        }
        problems.extend(quiz::problems(&page, sources));
        problems.extend(
            lesson_of(&page, &lessons)
                .into_iter()
                .flat_map(|lesson| skeleton::problems(&page, lesson, sources.is_russian())),
        );
    }
    problems.extend(crowded(sources));
    Ok(problems)
}

fn lesson_of<'a>(page: &Page, lessons: &'a [Lesson]) -> Option<&'a Lesson> {
    lessons.iter().find(|lesson| page.path.ends_with(lesson.page()))
}

/// A console block that was typed by hand is a run that nobody saw.
fn transcripts(page: &Page) -> Vec<Problem> {
    let typed = page.blocks.iter().filter(|block| block.is_transcript());
    let next =
        "Record it and write {{#transcript NAME}}; put a command alone into a `sh` block, without a prompt.";
    typed
        .map(|block| Problem::new(&page.name, block.line, "this console block is typed by hand.", next))
        .collect()
}

/// Markdown stops at HTML: a backtick in what unfolds something is shown as it is.
fn folds(page: &Page) -> Vec<Problem> {
    let lines =
        page.text.lines().enumerate().filter(|(_, line)| line.contains("<summary>") && line.contains('`'));
    let what = "a backtick in the words of a fold is shown as it is.";
    lines.map(|(index, _)| Problem::new(&page.name, index + 1, what, "Write `<code>…</code>`.")).collect()
}

/// Words that tell a reader who is stuck that nobody else would be.
fn words(page: &Page) -> Vec<Problem> {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(simply|just|obviously|easy|easily|of course)\b").expect("a constant pattern")
    });
    let found = page
        .prose
        .iter()
        .flat_map(|(line, text)| WORDS.find_iter(text).map(move |word| (*line, word.as_str())));
    found
        .map(|(line, word)| {
            Problem::new(&page.name, line, format!("the word `{word}` helps nobody."), "Leave it out.")
        })
        .collect()
}

/// Solution files with more anchors than a reader can follow.
fn crowded(sources: &Sources) -> Vec<Problem> {
    let files = Compiled::find(&sources.root)
        .files()
        .map(|path| (sources.name(path), path.to_path_buf()))
        .collect::<Vec<_>>();
    let solutions = files.into_iter().filter(|(name, _)| name.starts_with("solutions/"));
    solutions
        .filter_map(|(name, path)| {
            let count = anchor::names(&fs::read_to_string(path).ok()?).len();
            let what = format!("it has {count} anchors, and {ANCHORS} are the most.");
            (count > ANCHORS).then(|| Problem::new(&name, 0, what, "Include longer parts."))
        })
        .collect()
}
