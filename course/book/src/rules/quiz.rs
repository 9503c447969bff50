//! Questions that take an answer: what the browser finds in `<thaw-quiz>`, and a reader without it can unfold.

use std::sync::LazyLock;

use regex::Regex;

use super::page::Page;
use crate::problem::Problem;
use crate::russian;
use crate::sources::Sources;

/// How a wrong choice's reason begins, and a right one's.
const WRONG: &str = "**Not so.** ";
const RIGHT: &str = "**Right.** ";

/// What is wrong with the questions of a page.
pub(crate) fn problems(page: &Page, sources: &Sources) -> Vec<Problem> {
    let Some(start) = page.text.find("<thaw-quiz>") else { return Vec::new() };
    let end = page.text.find("</thaw-quiz>").unwrap_or(page.text.len());
    let line = |at: usize| page.text[..at].matches('\n').count() + 1;
    let mut problems = Vec::new();
    let begins = if sources.is_russian() { russian::ANSWERS } else { [WRONG, RIGHT] };
    let questions: Vec<(usize, &str)> = questions(&page.text[start..end]);
    for (at, question) in &questions {
        for (what, next) in trouble(question, begins) {
            problems.push(Problem::new(&page.name, line(start + at), what, next));
        }
    }
    if questions.len() < 3 {
        let what = format!("it asks {} questions.", questions.len());
        problems.push(Problem::new(&page.name, line(start), what, "Ask three or four."));
    }
    problems
}

/// Each question down to the next: where it begins, and its text.
fn questions(quiz: &str) -> Vec<(usize, &str)> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\*\*\d+\.\*\* ").expect("a constant pattern"));
    let starts: Vec<usize> = NUMBER.find_iter(quiz).map(|found| found.start()).collect();
    let ends = starts.iter().skip(1).copied().chain([quiz.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| (start, &quiz[start..end])).collect()
}

/// A question has three choices or more, one of them right, and each says why.
fn trouble(question: &str, [wrong, right]: [&str; 2]) -> Vec<(&'static str, String)> {
    let choices: Vec<&str> = question.split("<details").skip(1).collect();
    let is_right = |choice: &&&str| choice.starts_with(" class=\"right\">");
    let mut found = Vec::new();
    if choices.len() < 3 {
        found.push((
            "a question has fewer than three choices.",
            "Add wrong ones that readers believe.".to_owned(),
        ));
    }
    if choices.iter().filter(is_right).count() != 1 {
        found.push((
            "a question has not one right choice.",
            "Give one `<details class=\"right\">`.".to_owned(),
        ));
    }
    let says_why = |choice: &&str| {
        let begins = if is_right(&choice) { right } else { wrong };
        let why = choice.split("</summary>").nth(1).unwrap_or_default().trim_start();
        why.strip_prefix(begins).is_some_and(|why| why.split_whitespace().count() >= 3)
    };
    if !choices.iter().all(says_why) {
        found
            .push(("a choice does not say why.", format!("Begin with `{right}` or `{wrong}`, and say why.")));
    }
    found
}
