//! The shape of a page: headings, code, directives, links, folds and tables stand in both languages in the same places.

use super::Pair;
use super::section::Section;
use crate::problem::Problem;

/// Where the shape of the Russian page differs.
pub(crate) fn problems(pair: &Pair, ours: &[Section], theirs: &[Section]) -> Vec<Problem> {
    if let Some(problem) = headings(pair, ours, theirs) {
        // What stands below other headings cannot be compared.
        return vec![problem];
    }
    ours.iter().zip(theirs).flat_map(|(ours, theirs)| section(pair, ours, theirs)).collect()
}

fn headings(pair: &Pair, ours: &[Section], theirs: &[Section]) -> Option<Problem> {
    let differs = |(ours, theirs): &(&Section, &Section)| {
        ours.level != theirs.level || ours.numbers() != theirs.numbers()
    };
    let next = "Write the headings of the English page, in its order, with its levels and numbers.";
    if let Some((ours, theirs)) = ours.iter().zip(theirs).find(differs) {
        let what = format!("{} stands where {} has {}.", ours.name(), pair.english_name, theirs.name());
        return Some(pair.problem(ours.line, what, next));
    }
    let what = match (ours.get(theirs.len()), theirs.get(ours.len())) {
        (Some(more), _) => format!("{} has no English heading.", more.name()),
        (_, Some(missing)) => format!("{} of line {} is missing at the end.", missing.name(), missing.line),
        (None, None) => return None,
    };
    Some(pair.problem(ours.last().map_or(0, |last| last.line), what, next))
}

fn section(pair: &Pair, ours: &Section, theirs: &Section) -> Vec<Problem> {
    let fences = |section: &Section| {
        section.fences.iter().map(|(info, text)| format!("```{info}\n{text}```")).collect::<Vec<_>>()
    };
    let directives =
        |section: &Section| section.directives().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let parts = [
        ("the code block", fences(ours), fences(theirs)),
        ("the directive", directives(ours), directives(theirs)),
        ("the link to", ours.links.clone(), theirs.links.clone()),
        ("the HTML", ours.tags.clone(), theirs.tags.clone()),
        ("the checks that turn green:", green(ours, theirs), green(theirs, theirs)),
    ];
    let mut problems: Vec<Problem> = parts
        .into_iter()
        .filter_map(|(what, ours_all, theirs_all)| {
            let said = first_difference(&ours_all, &theirs_all)?;
            let what = format!("in {}, {what} {said}", ours.name());
            let next = format!("Do as {}:{} does.", pair.english_name, theirs.line);
            Some(pair.problem(ours.line, what, next))
        })
        .collect();
    if ours.rows() != theirs.rows() {
        let what = format!("{} has {} rows of tables, and not {}.", ours.name(), ours.rows(), theirs.rows());
        problems.push(pair.problem(ours.line, what, "Write a row for each English one."));
    }
    problems
}

/// What one list has and the other has not, at the first place in which they differ.
fn first_difference(ours: &[String], theirs: &[String]) -> Option<String> {
    let index = (0..ours.len().max(theirs.len())).find(|&index| ours.get(index) != theirs.get(index))?;
    Some(match (ours.get(index), theirs.get(index)) {
        (Some(ours), Some(theirs)) => format!("`{ours}` stands where the English page has `{theirs}`."),
        (Some(more), None) => format!("`{more}` is not in the English page."),
        (None, Some(missing)) => format!("`{missing}` is missing."),
        (None, None) => return None,
    })
}

/// The checks that a task of the English page names in its lines `Green: …`, as far as the section names them.
fn green(section: &Section, english: &Section) -> Vec<String> {
    let lines = english.text.lines().filter(|line| line.starts_with("Green"));
    let names = lines.flat_map(|line| line.split('`').skip(1).step_by(2));
    names.filter(|name| section.codes.iter().any(|code| code == name)).map(str::to_owned).collect()
}
