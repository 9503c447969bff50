//! SUMMARY.md and the pages agree. mdBook makes a page that is listed and missing, and skips one that is not listed.

use std::fs;
use std::sync::LazyLock;

use regex::Regex;

use crate::lessons::lessons;
use crate::problem::Problem;
use crate::sources::Sources;

/// Pages that SUMMARY.md does not list or that are not there, and lesson pages that no lesson has.
pub fn unlisted(sources: &Sources) -> Vec<Problem> {
    let summary = sources.pages().join("SUMMARY.md");
    let file = sources.name(&summary);
    let text = fs::read_to_string(&summary).unwrap_or_default();
    let listed = listed(&text);
    let mut problems: Vec<Problem> = Vec::new();
    for (line, page) in listed.iter().filter(|(_, page)| !sources.pages().join(page).exists()) {
        problems.push(Problem::new(
            &file,
            *line,
            format!("{page} is listed and is not there."),
            "Write the page, or remove the line.",
        ));
    }
    let entries = fs::read_dir(sources.pages()).into_iter().flatten().flatten();
    let mut pages: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    pages.retain(|page| page.ends_with(".md") && page != "SUMMARY.md");
    pages.sort();
    for page in pages.iter().filter(|page| !listed.iter().any(|(_, name)| name == *page)) {
        problems.push(Problem::new(
            &file,
            0,
            format!("{page} is not listed, so nobody can read it."),
            format!("Add `{}`.", entry(sources, page)),
        ));
    }
    problems.extend(strangers(sources, &pages));
    problems
}

/// The files that a summary links, with their lines.
fn listed(text: &str) -> Vec<(usize, String)> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\]\(([^)#]+)\)").expect("a constant pattern"));
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            LINK.captures_iter(line).map(move |link| (index + 1, link[1].trim_start_matches("./").to_owned()))
        })
        .collect()
}

/// The line that lists a page.
fn entry(sources: &Sources, page: &str) -> String {
    let lessons = lessons(sources).unwrap_or_default();
    let lesson = lessons.iter().find(|lesson| lesson.page() == page);
    let title = lesson.map_or("TITLE".to_owned(), |lesson| format!("{}. {}", lesson.number, lesson.title));
    format!("- [{title}]({page})")
}

/// Pages with a number that is no lesson's.
fn strangers(sources: &Sources, pages: &[String]) -> Vec<Problem> {
    let lessons = lessons(sources).unwrap_or_default();
    let numbered = pages.iter().filter(|page| page.starts_with(|first: char| first.is_ascii_digit()));
    let strange = numbered.filter(|page| !lessons.iter().any(|lesson| lesson.page() == **page));
    strange
        .map(|page| {
            let name = sources.name(&sources.pages().join(page));
            Problem::new(
                &name,
                0,
                "no lesson of course/lessons.toml has this name.",
                "Name it NN-slug.md, as the table does.",
            )
        })
        .collect()
}
