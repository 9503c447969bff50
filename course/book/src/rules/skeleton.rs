//! The skeleton that every lesson page has.

use std::sync::LazyLock;

use pulldown_cmark::HeadingLevel;
use regex::Regex;

use super::page::Page;
use crate::lessons::Lesson;
use crate::problem::Problem;
use crate::russian;

/// The headings of a lesson page below its title, in their order.
pub const HEADINGS: [&str; 11] = [
    "What you will be able to do",
    "Run it",
    "Predict",
    "The idea",
    "Tasks",
    "Common wrong answers",
    "Checkpoint",
    "In Python terms",
    "Compare with the solution",
    "Check yourself",
    "Further reading",
];

/// What a lesson's page lacks; that a Russian page has all parts of the English one is a rule of its own.
pub(crate) fn problems(page: &Page, lesson: &Lesson, is_russian: bool) -> Vec<Problem> {
    let mut problems = title(page, lesson);
    problems.extend(opening(page, lesson, is_russian));
    if is_russian {
        problems.extend(headings(page, &russian::HEADINGS));
        return problems;
    }
    problems.extend(headings(page, &HEADINGS));
    problems.extend(parts(page, lesson));
    problems
}

fn title(page: &Page, lesson: &Lesson) -> Vec<Problem> {
    let wanted = format!("{}. {}", lesson.number, lesson.title);
    let first = page.headings.first().filter(|(level, ..)| *level == HeadingLevel::H1);
    if first.is_some_and(|(_, text, _)| *text == wanted) {
        return Vec::new();
    }
    vec![Problem::new(
        &page.name,
        1,
        "the title is not that of course/lessons.toml.",
        format!("Write `# {wanted}`."),
    )]
}

/// Below the title stand the promise of the table and how long it takes.
fn opening(page: &Page, lesson: &Lesson, is_russian: bool) -> Vec<Problem> {
    static MINUTES: LazyLock<Regex> = LazyLock::new(|| {
        let russian = russian::MINUTES.replace("10", r"\d+").replace("20", r"\d+");
        Regex::new(&format!(r"(?m)^\*(?:\d+ minutes to read, \d+ to solve\.|{russian})\*$"))
            .expect("a constant pattern")
    });
    let opening = page.text.split("\n## ").next().unwrap_or_default();
    let mut problems = Vec::new();
    if !opening.contains(&lesson.promise) {
        let next = format!("Write `{}` below the title.", lesson.promise);
        problems.push(Problem::new(&page.name, 1, "the promise of course/lessons.toml is missing.", next));
    }
    if !MINUTES.is_match(opening) {
        let example = if is_russian { russian::MINUTES } else { "10 minutes to read, 20 to solve." };
        let next = format!("Write `*{example}*` below the promise.");
        problems.push(Problem::new(&page.name, 1, "nothing says how long the lesson takes.", next));
    }
    problems
}

fn headings(page: &Page, wanted: &[&str; 11]) -> Vec<Problem> {
    let second = page.headings.iter().filter(|(level, ..)| *level == HeadingLevel::H2);
    let found: Vec<(&str, usize)> = second.map(|(_, text, line)| (text.as_str(), *line)).collect();
    let differs = (0..wanted.len().max(found.len()))
        .find(|&index| found.get(index).map(|(text, _)| *text) != wanted.get(index).copied());
    let Some(index) = differs else { return Vec::new() };
    let (what, line) = match found.get(index) {
        Some((text, line)) => (format!("the heading `{text}` is not the next one of the skeleton."), *line),
        None => ("a heading of the skeleton is missing at the end.".to_owned(), page.text.lines().count()),
    };
    let next =
        wanted.get(index).map_or("Remove it.".to_owned(), |heading| format!("Write `## {heading}` here."));
    vec![Problem::new(&page.name, line, what, next)]
}

/// What must stand below which heading.
fn parts(page: &Page, lesson: &Lesson) -> Vec<Problem> {
    let number = &lesson.number;
    let wanted = [
        ("Run it", format!("{{{{#transcript {number}-")),
        ("Predict", "<details>".to_owned()),
        ("The idea", format!("{{{{#timeline {number}}}}}")),
        ("In Python terms", "{{#include".to_owned()),
        ("Compare with the solution", format!("{{{{#diff {number}}}}}")),
        ("Check yourself", "<thaw-quiz>".to_owned()),
    ];
    let missing = wanted.iter().filter(|(heading, part)| {
        section(page, heading).is_some_and(|(_, text)| !text.contains(part.as_str()))
    });
    missing
        .map(|(heading, part)| {
            let line = section(page, heading).map_or(0, |(line, _)| line);
            Problem::new(&page.name, line, format!("the section `{heading}` has no `{part}`."), "Add it.")
        })
        .collect()
}

/// The line of a heading, and the text down to the next one.
fn section<'a>(page: &'a Page, heading: &str) -> Option<(usize, &'a str)> {
    let start = page.text.find(&format!("\n## {heading}\n"))? + 1;
    let rest = &page.text[start..];
    let end = rest[3..].find("\n## ").map_or(rest.len(), |end| end + 3);
    Some((page.text[..start].matches('\n').count() + 1, &rest[..end]))
}
