//! `cargo course check`: builds one lesson, runs its checks, and says on one screen what to do next.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cargo::{self, Built};
use crate::lessons::{Lesson, Table};
use crate::progress::Progress;
use crate::report;
use crate::stop::Stop;
use crate::suite::{self, Errand, Suite, Verdict};
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

/// Checks a lesson once.
pub fn run(workspace: &Workspace, name: Option<&str>) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lesson = table.chosen(workspace, name)?;
    let stop = Stop::on_interrupt()?;
    Ok(match check(workspace, &table, lesson, &stop)? {
        Answer::Solved => ExitCode::SUCCESS,
        Answer::Unsolved | Answer::Broken => ExitCode::FAILURE,
        Answer::Stopped => ExitCode::from(130),
    })
}

/// Builds a lesson, runs its checks, and prints the verdict.
pub fn check(workspace: &Workspace, table: &Table, lesson: &Lesson, stop: &Stop) -> Result<Answer> {
    let built = match build(workspace, lesson, stop) {
        Ok(built) => built,
        Err(_) if stop.is_raised() => return Ok(Answer::Stopped),
        Err(error) => return Err(error),
    };
    if !built.is_whole {
        eprint!("{}", built.complaint());
        eprintln!("Lesson {} does not compile yet: mend the first error above.", lesson.number);
        eprintln!("next: cargo course check {}", lesson.number);
        return Ok(Answer::Broken);
    }
    let suite = open(workspace, lesson, &built, stop)?;
    let verdicts = run_checks(lesson, &suite, stop)?;
    if stop.is_raised() {
        return Ok(Answer::Stopped);
    }
    tell(workspace, table, lesson, &verdicts)
}

/// One call of cargo gives the library, the program and the checks.
fn build(workspace: &Workspace, lesson: &Lesson, stop: &Stop) -> Result<Built> {
    let args = ["-p", &lesson.package(), "--test", "checks"].map(str::to_owned);
    let package = lesson.package();
    // A first build takes a while: cargo's lines show that it works.
    let heard = move |line: &str| {
        let is_news =
            ["Compiling", "Downloaded", "Blocking"].iter().any(|word| line.trim_start().starts_with(word));
        if is_news && !line.contains(&package) {
            eprintln!("{line}");
        }
    };
    cargo::build(workspace.root(), &args, None, stop, heard)
}

fn open(workspace: &Workspace, lesson: &Lesson, built: &Built, stop: &Stop) -> Result<Suite> {
    let folder = workspace.lesson(lesson);
    let unit = built.unit(&folder);
    let binary = unit.checks.with_context(|| {
        format!(
            "cargo built no checks for lesson {0}. Try `cargo test -p {1} --no-run`",
            lesson.number,
            lesson.package()
        )
    })?;
    Suite::open(binary, unit.program, folder.clone(), &folder.join("tests/checks.rs"), lesson.bound(), stop)
}

fn run_checks(lesson: &Lesson, suite: &Suite, stop: &Stop) -> Result<Vec<Verdict>> {
    let names = suite.names();
    let errands: Vec<_> = names.iter().map(|name| Errand { suite, name: (*name).to_owned() }).collect();
    let is_live = std::io::stderr().is_terminal();
    let mut ended = 0;
    let verdicts = suite::run_all(&errands, AT_ONCE, stop, |_, _| {
        ended += 1;
        if is_live && !stop.is_raised() {
            eprint!("\rlesson {}: {ended} of {} checks have run", lesson.number, names.len());
            let _ = std::io::stderr().flush();
        }
    });
    if is_live {
        eprint!("\r\x1b[K");
    }
    if verdicts.is_err() && stop.is_raised() {
        return Ok(Vec::new());
    }
    verdicts
}

fn tell(workspace: &Workspace, table: &Table, lesson: &Lesson, verdicts: &[Verdict]) -> Result<Answer> {
    let colored = report::is_colored(&std::io::stdout());
    if report::is_solved(verdicts) {
        Progress::read(workspace).solve(lesson)?;
        print!("{}", report::solved(lesson, verdicts, &next_steps(workspace, table, lesson), colored));
        return Ok(Answer::Solved);
    }
    if verdicts.is_empty() {
        bail!("lesson {} has no checks. Try `git status {}`", lesson.number, lesson.folder());
    }
    let book = super::open::address(workspace);
    print!("{}", report::unsolved(lesson, verdicts, book.as_deref(), colored));
    Ok(Answer::Unsolved)
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
