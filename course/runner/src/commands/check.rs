//! `cargo course check`: builds one lesson, runs its checks, and says on one screen what to do next.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::attempt::{self, Found, Part};
use crate::language::{said, word, words};
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::pages::Pages;
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
    match attempt::make(workspace, lesson, &tasks, part, stop, &Meter::for_reader)? {
        Found::Stopped => Ok(Answer::Stopped),
        Found::Broken(built) => {
            let said = format!("{}{}\n", built.complaint(), attempt::broken(lesson, &built, words()));
            say::beside(place::linked(&said, workspace.root(), place::is_linked(&std::io::stderr())));
            aside!("{}", said!("next: cargo course check {number}", number = lesson.number));
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
        bail!(said!(
            "lesson {lesson} has no checks of a task {task}: it has tasks {known}. Try `cargo course check {lesson}`",
            lesson = lesson.number,
            task = number,
            known = known.join(", ")
        ));
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
        bail!(said!(
            "lesson {number} has no checks. Try `git status {folder}`, or unpack the course anew",
            number = lesson.number,
            folder = lesson.folder()
        ));
    }
    if !report::is_solved(verdicts) {
        let pages = Pages::new(workspace.root(), super::open::address(workspace));
        let text = report::unsolved(lesson, tasks, verdicts, &pages, colored);
        say::text(place::linked(&text, workspace.root(), place::is_linked(&std::io::stdout())));
        return Ok(Answer::Unsolved);
    }
    let next = match only {
        Some(_) => {
            let number = format!("{:<7}", lesson.number);
            vec![said!("cargo course check {number} runs the checks of all tasks", number = number)]
        }
        None => next_steps(workspace, table, lesson),
    };
    say::text(report::solved(lesson, tasks, verdicts, &next, colored));
    Ok(Answer::Solved)
}

/// After a solved lesson: compare, then go on.
fn next_steps(workspace: &Workspace, table: &Table, lesson: &Lesson) -> Vec<String> {
    let number = format!("{:<8}", lesson.number);
    let compare = said!("cargo course diff {number} compares it with the solution", number = number);
    let onward = match table.after(lesson) {
        Some(next) if workspace.lesson(next).is_dir() => said!(
            "cargo run -p {package} starts lesson {number}, {title}",
            package = format!("{:<13}", next.package()),
            number = next.number,
            title = next.called()
        ),
        Some(next) => {
            said!("lesson {number}, {title}, is planned", number = next.number, title = next.called())
        }
        None => word("this was the last lesson"),
    };
    vec![compare, onward]
}
