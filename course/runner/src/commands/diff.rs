//! `cargo course diff`: your lesson against the solution, file by file.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use similar::{ChangeTag, TextDiff};

use crate::language::said;
use crate::lesson::Lesson;
use crate::report::{is_colored, paint};
use crate::say::{self, say};
use crate::sources::{self, Sources};
use crate::table::Table;
use crate::workspace::Workspace;

/// Prints the differences of all source files.
pub fn run(workspace: &Workspace, name: Option<&str>) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.chosen(workspace, name)?;
    let text = between(workspace, lesson, is_colored(&std::io::stdout()))?;
    if text.is_empty() {
        say!("{}", said!("Your lesson {number} equals the solution.", number = lesson.number));
    } else {
        say::text(text);
    }
    Ok(ExitCode::SUCCESS)
}

/// The differences as one text; empty where there are none.
pub fn between(workspace: &Workspace, lesson: &Lesson, colored: bool) -> Result<String> {
    let yours = sources::of_lesson(workspace, lesson)?;
    let theirs = sources::of_solution(workspace, lesson)?;
    let files: BTreeSet<_> = yours.keys().chain(theirs.keys()).collect();
    // A file that only one side has is empty on the other.
    let of = |side: &Sources, file: &str| side.get(file).cloned().unwrap_or_default();
    Ok(files.iter().map(|file| one(lesson, file, &of(&yours, file), &of(&theirs, file), colored)).collect())
}

fn one(lesson: &Lesson, file: &str, old: &str, new: &str, colored: bool) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut text = String::new();
    for group in diff.grouped_ops(3) {
        if text.is_empty() {
            let (yours, theirs) = (lesson.folder(), format!("solutions/{}", lesson.name()));
            text += &paint("1", &format!("--- {yours}/src/{file}\n+++ {theirs}/src/{file}"), colored);
            text.push('\n');
        } else {
            text += &paint("36", "…", colored);
            text.push('\n');
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end_matches('\n');
            text += &match change.tag() {
                ChangeTag::Delete => paint("31", &format!("-{line}"), colored),
                ChangeTag::Insert => paint("32", &format!("+{line}"), colored),
                ChangeTag::Equal => format!(" {line}"),
            };
            text.push('\n');
        }
    }
    text
}
