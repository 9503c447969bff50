//! `cargo course check`: builds one lesson, runs its checks, and says on one screen what to do next.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cargo::{self, Built};
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::passed_over;
use crate::progress::Progress;
use crate::report;
use crate::say::{self, aside};
use crate::stop::Stop;
use crate::suite::{self, Errand, Suite, Verdict};
use crate::table::Table;
use crate::tasks::{self, Task};
use crate::workspace::Workspace;

/// How many checks of one lesson run at once; they mostly wait.
const AT_ONCE: usize = 6;

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
    let built = match build(workspace, lesson, stop) {
        Ok(built) => built,
        Err(_) if stop.is_raised() => return Ok(Answer::Stopped),
        Err(error) => return Err(error),
    };
    if !built.is_whole {
        say::beside(built.complaint());
        match built.is_broken() {
            true => aside!("Lesson {} does not compile yet: mend the first error above.", lesson.number),
            // Windows lets nobody replace the file of a program that runs.
            false if built.stderr.contains("failed to remove file") => aside!(
                "Cargo cannot replace the program of lesson {}. If it still runs, end it with /quit or Ctrl-C.",
                lesson.number
            ),
            // A folder that cannot be written, a full disk, a crate that is not there.
            false => {
                aside!("Cargo could not build lesson {}: what stands in its way is above.", lesson.number)
            }
        }
        aside!("next: cargo course check {}", lesson.number);
        return Ok(Answer::Broken);
    }
    let suite = open(workspace, lesson, &tasks, &built, stop)?;
    let is_due =
        |name: &str| task.is_none() || tasks.iter().any(|task| task.checks.iter().any(|own| own == name));
    let names: Vec<_> = suite.names().into_iter().filter(|name| is_due(name)).collect();
    let verdicts = run_checks(lesson, &suite, &names, stop)?;
    if stop.is_raised() {
        return Ok(Answer::Stopped);
    }
    if task.is_none() {
        let noted = passed_over::keep(workspace, lesson, &passed_over::of(lesson, &tasks, &suite, &verdicts));
        let _ = noted.map_err(|error| say::trouble(&error));
    }
    tell(workspace, table, lesson, task.and(tasks.first()), &tasks, &verdicts)
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

/// One call of cargo gives the library, the program and the checks.
fn build(workspace: &Workspace, lesson: &Lesson, stop: &Stop) -> Result<Built> {
    let args = ["-p", &lesson.package(), "--test", "checks"].map(str::to_owned);
    let meter = Meter::start(format!("building lesson {}", lesson.number));
    cargo::build(workspace.root(), &args, None, stop, &meter)
}

fn open(workspace: &Workspace, lesson: &Lesson, tasks: &[Task], built: &Built, stop: &Stop) -> Result<Suite> {
    let folder = workspace.lesson(lesson);
    let unit = built.unit(&folder);
    let binary = unit.checks.with_context(|| {
        format!(
            "cargo built no checks for lesson {0}. Try `cargo test -p {1} --no-run`",
            lesson.number,
            lesson.package()
        )
    })?;
    Suite::open(binary, unit.program, folder, tasks, lesson.bound(), stop)
}

fn run_checks(lesson: &Lesson, suite: &Suite, names: &[&str], stop: &Stop) -> Result<Vec<Verdict>> {
    let errands: Vec<_> = names.iter().map(|name| Errand { suite, name: (*name).to_owned() }).collect();
    let meter = Meter::start(format!("lesson {}, checks run", lesson.number));
    let mut ended = 0;
    let verdicts = suite::run_all(&errands, AT_ONCE, stop, |_, _| {
        ended += 1;
        meter.set(ended, names.len(), "");
    });
    if verdicts.is_err() && stop.is_raised() {
        return Ok(Vec::new());
    }
    verdicts
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
        bail!("lesson {} has no checks. Try `git status {}`", lesson.number, lesson.folder());
    }
    if !report::is_solved(verdicts) {
        let book = super::open::address(workspace);
        say::text(report::unsolved(lesson, tasks, verdicts, book.as_deref(), colored));
        return Ok(Answer::Unsolved);
    }
    let next = match only {
        Some(_) => vec![format!("cargo course check {:<7} runs the checks of all tasks", lesson.number)],
        None => next_steps(workspace, table, lesson),
    };
    say::text(report::solved(lesson, tasks, verdicts, &next, colored));
    // The verdict stands, whether or not it can be remembered.
    if only.is_none()
        && let Err(error) = Progress::read(workspace).solve(lesson)
    {
        say::trouble(&error);
    }
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
