//! `cargo course list`: all lessons, and what is done.

use std::process::ExitCode;

use anyhow::Result;

use crate::kept::Report;
use crate::language::word;
use crate::lesson::Lesson;
use crate::passed_over;
use crate::progress::Progress;
use crate::report::{is_colored, paint};
use crate::say::say;
use crate::table::Table;
use crate::workspace::Workspace;

/// Prints one line for each lesson, and what the checks could not look at.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let progress = Progress::read(workspace);
    let next = table.next(workspace, &progress);
    let colored = is_colored(&std::io::stdout());
    for lesson in &table.lessons {
        let is_next = next.is_some_and(|next| next.number == lesson.number);
        let (state, color) = state(workspace, &progress, lesson, is_next);
        let state = paint(color, &format!("{state:<8}"), colored);
        say!("{}  {state} {:<20} {}", lesson.number, lesson.slug, lesson.called());
    }
    match next {
        Some(_) => say!("\n{}", super::open::steps(next)),
        None => say!("\n{}", word("Every lesson that exists is solved.")),
    }
    let passed_over = passed_over::kept(workspace);
    if !passed_over.is_empty() {
        let head = word("Not looked at on this system, when the checks ran last:");
        say!("\n{head}\n  {}", passed_over.join("\n  "));
    }
    Ok(ExitCode::SUCCESS)
}

fn state(
    workspace: &Workspace,
    progress: &Progress,
    lesson: &Lesson,
    is_next: bool,
) -> (String, &'static str) {
    match () {
        () if !workspace.lesson(lesson).is_dir() => (word("planned"), "2"),
        () if progress.is_solved(lesson) => (word("solved"), "32"),
        () if is_next => (word("next"), "1"),
        () if Report::read(workspace, lesson).is_some() => (word("tried"), "0"),
        () => (word("open"), "0"),
    }
}
