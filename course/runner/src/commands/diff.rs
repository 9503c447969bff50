//! `cargo course diff`: your lesson against the solution, file by file.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use similar::{ChangeTag, TextDiff};

use crate::lessons::{Lesson, Table};
use crate::report::{is_colored, paint};
use crate::workspace::Workspace;

/// Prints the differences of all source files.
pub fn run(workspace: &Workspace, name: Option<&str>) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.chosen(workspace, name)?;
    let text = between(workspace, lesson, is_colored(&std::io::stdout()))?;
    if text.is_empty() {
        println!("Your lesson {} equals the solution.", lesson.number);
    } else {
        // A pager that is closed early is no reason to complain.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    Ok(ExitCode::SUCCESS)
}

/// The differences as one text; empty where there are none.
pub fn between(workspace: &Workspace, lesson: &Lesson, colored: bool) -> Result<String> {
    let (yours, theirs) = (workspace.lesson(lesson).join("src"), workspace.solution(lesson).join("src"));
    let mut files = BTreeSet::new();
    for folder in [&yours, &theirs] {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("the folder `{}` cannot be read. Try `git status`", folder.display()))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        files.extend(names.filter(|name| name.ends_with(".rs")));
    }
    let mut text = String::new();
    for file in files {
        let (old, new) = (read(&yours.join(&file)), read(&theirs.join(&file)));
        text += &one(lesson, &file, &old, &alike(lesson, &new), colored);
    }
    Ok(text)
}

/// A file that only one side has is empty on the other; the marks of the book's excerpts are left out.
fn read(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("// ANCHOR")).collect()
}

/// The solution with the names of the lesson.
fn alike(lesson: &Lesson, solution: &str) -> String {
    let underscored = lesson.solution().replace('-', "_");
    solution.replace(&underscored, &lesson.library()).replace(&lesson.solution(), &lesson.package())
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
            let line = change.value().trim_end_matches(['\n', '\r']);
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
