//! `cargo course check`: builds one lesson, runs its checks, and says on one screen what to do next.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::attempt::{self, Found, Part};
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::place;
use crate::report;
use crate::say::{self, aside};
use crate::stop::Stop;
use crate::suite::Verdict;
use crate::table::Table;
use crate::tasks::{self, Task};
use crate::workspace::Workspace;

/// What a check of a lesson came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All checks pass.
    Solved,
    /// A check does not pass.
    Unsolved,
    /// The lesson does not compile.
    Broken,
    /// The reader, or the next save, asked to stop.
    Stopped,
}

/// Checks a lesson, or one of its tasks, once.
pub fn run(workspace: &Workspace, name: Option<&str>, task: Option<usize>) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.chosen(workspace, name)?;
    let stop = Stop::on_interrupt()?;
    Ok(match check(workspace, &table, lesson, task, &stop)? {
        Answer::Solved => ExitCode::SUCCESS,
        Answer::Unsolved | Answer::Broken => ExitCode::FAILURE,
        Answer::Stopped => ExitCode::from(130),
    })
}

/// Builds a lesson, runs its checks or those of one task, and prints the verdict.
pub fn check(
    workspace: &Workspace,
    table: &Table,
    lesson: &Lesson,
    task: Option<usize>,
    stop: &Stop,
) -> Result<Answer> {
    let tasks = chosen(lesson, tasks::of(workspace, lesson)?, task)?;
    let part = task.map_or(Part::All, |_| Part::Task);
    match attempt::make(workspace, lesson, &tasks, part, stop, &Meter::start)? {
        Found::Stopped => Ok(Answer::Stopped),
        Found::Broken(built) => {
            let said = format!("{}{}\n", built.complaint(), attempt::broken(lesson, &built));
            say::beside(place::linked(&said, workspace.root(), place::is_linked(&std::io::stderr())));
            aside!("next: cargo course check {}", lesson.number);
            Ok(Answer::Broken)
        }
        Found::Judged(verdicts) => tell(workspace, table, lesson, task.and(tasks.first()), &tasks, &verdicts),
    }
}

/// All tasks, or the one that was asked for.
fn chosen(lesson: &Lesson, tasks: Vec<Task>, number: Option<usize>) -> Result<Vec<Task>> {
    let Some(number) = number else { return Ok(tasks) };
    let known: Vec<_> =
        tasks.iter().filter_map(|task| task.number).map(|number| number.to_string()).collect();
    let chosen: Vec<_> = tasks.into_iter().filter(|task| task.number == Some(number)).collect();
    if chosen.is_empty() {
        bail!(
            "lesson {0} has no checks of a task {number}: it has tasks {1}. Try `cargo course check {0}`",
            lesson.number,
            known.join(", ")
        );
    }
    Ok(chosen)
}

fn tell(
    workspace: &Workspace,
    table: &Table,
    lesson: &Lesson,
    only: Option<&Task>,
    tasks: &[Task],
    verdicts: &[Verdict],
) -> Result<Answer> {
    let colored = report::is_colored(&std::io::stdout());
    if verdicts.is_empty() {
        bail!(
            "lesson {} has no checks. Try `git status {}`, or unpack the course anew",
            lesson.number,
            lesson.folder()
        );
    }
    if !report::is_solved(verdicts) {
        let book = super::open::address(workspace);
        let text = report::unsolved(lesson, tasks, verdicts, book.as_deref(), colored);
        say::text(place::linked(&text, workspace.root(), place::is_linked(&std::io::stdout())));
        return Ok(Answer::Unsolved);
    }
    let next = match only {
        Some(_) => vec![format!("cargo course check {:<7} runs the checks of all tasks", lesson.number)],
        None => next_steps(workspace, table, lesson),
    };
    say::text(report::solved(lesson, tasks, verdicts, &next, colored));
    Ok(Answer::Solved)
}

/// After a solved lesson: compare, then go on.
fn next_steps(workspace: &Workspace, table: &Table, lesson: &Lesson) -> Vec<String> {
    let compare = format!("cargo course diff {:<8} compares it with the solution", lesson.number);
    let onward = match table.after(lesson) {
        Some(next) if workspace.lesson(next).is_dir() => {
            format!("cargo run -p {:<13} starts lesson {}, {}", next.package(), next.number, next.title)
        }
        Some(next) => format!("lesson {}, {}, is planned", next.number, next.title),
        None => "this was the last lesson".to_owned(),
    };
    vec![compare, onward]
}
