//! The words of the Russian glossary are kept: where the English page speaks of an event loop, the Russian one does.

use std::sync::LazyLock;

use regex::Regex;

use super::Pair;
use super::section::Section;
use crate::problem::Problem;

/// So often an English page must use a word before the Russian one has to: once may be said with a pronoun.
const OFTEN: usize = 3;

/// English words of the glossary that a page uses in their common sense as well.
const COMMON: [&str; 6] = ["turn", "handle", "machine", "reply", "room", "trace"];

/// Words that Russian does not build on the one of the heading.
const STEMS: [(&str, &str); 11] = [
    ("wake", "буд|пробу"),
    ("park", "спит|спят|спал|сон|сна|засып|уснул"),
    ("yield", "уступ"),
    ("offload", "вын"),
    ("poll", "опрос|опраш"),
    ("freeze", "завис"),
    ("block", "блокир"),
    ("killed", "уби"),
    ("abandoned", "брос|брош"),
    ("cancelled", "отмен"),
    ("cancellation safe", "безопас"),
];

/// A term of the glossary.
pub(crate) struct Term {
    /// As the Russian glossary has it.
    russian: String,
    /// As the English one has it.
    english: String,
    /// What a Russian page must have of it.
    stem: Regex,
    /// What an English page has of it.
    used: Regex,
}

/// The terms of the Russian glossary: headings of the form `Цикл событий (event loop)`.
pub(crate) fn read(glossary: &str) -> Vec<Term> {
    let sections = Section::all(glossary);
    sections.iter().filter_map(|section| term(&section.heading)).collect()
}

fn term(heading: &str) -> Option<Term> {
    let (russian, english) = heading.strip_suffix(')')?.split_once(" (")?;
    let own = STEMS.iter().find(|(word, _)| *word == english).map(|(_, stem)| (*stem).to_owned());
    let stem = own
        .unwrap_or_else(|| russian.to_lowercase().split(' ').map(stem).collect::<Vec<_>>().join(r"\S*\s+"));
    let used = english.split(' ').map(regex::escape).collect::<Vec<_>>().join(r"\s+");
    Some(Term {
        russian: russian.to_owned(),
        english: english.to_owned(),
        stem: Regex::new(&format!(r"(?i)\b(?:{stem})")).ok()?,
        used: Regex::new(&format!(r"(?i)\b{used}(?:s|es|d|ed|ing)?\b")).ok()?,
    })
}

/// What all forms of a Russian word begin with, or nearly all.
fn stem(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let kept = match letters.len() {
        0..4 => letters.len(),
        4..6 => letters.len() - 1,
        long => long - 2,
    };
    letters[..kept].iter().collect()
}

/// Terms that the English page uses, and the Russian one does not; and a glossary that is not the English one.
pub(crate) fn problems(pair: &Pair, ours: &[Section], theirs: &[Section], terms: &[Term]) -> Vec<Problem> {
    if pair.english_name.ends_with("/glossary.md") {
        return ours.iter().zip(theirs).filter_map(|(ours, theirs)| beside(pair, ours, theirs)).collect();
    }
    let text = |sections: &[Section]| -> String {
        sections.iter().flat_map(|section| &section.prose).map(|(_, text)| format!("{text}\n")).collect()
    };
    let headings = |sections: &[Section]| -> String {
        sections.iter().map(|section| format!("{}\n", section.heading)).collect()
    };
    // What a page calls its tasks are exercises in Russian.
    static EXERCISE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bTasks? \d").expect("a constant pattern"));
    let english = EXERCISE.replace_all(&text(theirs), "").into_owned();
    let russian = text(ours) + &headings(ours);
    let is_lost = |term: &&Term| {
        !COMMON.contains(&term.english.as_str())
            && term.used.find_iter(&english).count() >= OFTEN
            && !term.stem.is_match(&russian)
    };
    let lost = terms.iter().filter(is_lost);
    lost.map(|term| {
        let what =
            format!("the English page says `{}`, and this one never «{}».", term.english, term.russian);
        pair.problem(0, what, "Keep the word of the Russian glossary, or change it there.")
    })
    .collect()
}

/// Beside each Russian term stands the English one.
fn beside(pair: &Pair, ours: &Section, theirs: &Section) -> Option<Problem> {
    if ours.level != Some(pulldown_cmark::HeadingLevel::H3) {
        return None;
    }
    let wanted = format!("({})", theirs.heading.to_lowercase());
    let what = format!("{} does not name the English word.", ours.name());
    (!ours.heading.ends_with(&wanted))
        .then(|| pair.problem(ours.line, what, format!("End the heading with `{wanted}`.")))
}
