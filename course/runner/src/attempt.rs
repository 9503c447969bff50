//! One attempt at a lesson: its build, its checks, and what is kept of them. A terminal and a page make the same.

use anyhow::{Context, Result};
use book::{Words, said};

use crate::busy;
use crate::cargo::{self, Built};
use crate::kept::{self, Report};
use crate::lesson::Lesson;
use crate::meter::Meter;
use crate::passed_over;
use crate::place::Place;
use crate::progress::Progress;
use crate::report;
use crate::say;
use crate::stop::Stop;
use crate::suite::{self, Errand, Suite, Verdict};
use crate::tasks::Task;
use crate::workspace::Workspace;

/// How many checks of one lesson run at once; they mostly wait.
const AT_ONCE: usize = 6;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole lesson: what comes of it is kept.
    All,
    /// One of its tasks.
    Task,
}

/// What came of it.
pub enum Found {
    /// The lesson does not compile.
    Broken(Built),
    /// The checks have run.
    Judged(Vec<Verdict>),
    /// The reader, or the next save, asked to stop.
    Stopped,
}

/// How it is said how far a work is, whose name it takes in its own language.
pub type Start<'a> = dyn Fn(&dyn Fn(Words) -> String) -> Meter + 'a;

/// Builds a lesson, and runs the checks of these tasks.
pub fn make(
    workspace: &Workspace,
    lesson: &Lesson,
    tasks: &[Task],
    part: Part,
    stop: &Stop,
    start: &Start<'_>,
) -> Result<Found> {
    let asked = busy::asked()?;
    // Before the build: what is saved meanwhile was not judged.
    let sources = kept::sources(workspace, lesson);
    let keep = |report: Report| {
        if part == Part::All {
            // The verdict stands, whether or not it can be remembered.
            let _ = report.keep(workspace, lesson).map_err(|error| say::trouble(&error));
        }
    };
    let built = match build(workspace, lesson, stop, start) {
        Ok(built) => built,
        Err(_) if stop.is_raised() => return Ok(Found::Stopped),
        Err(error) => return Err(error),
    };
    if !built.is_whole {
        let said = format!("{}\n\n{}", built.complaint().trim(), broken(lesson, &built, Words::ENGLISH));
        keep(Report { sources, broken: Some(kept::plain(&said)), ..Report::default() });
        return Ok(Found::Broken(built));
    }
    let suite = open(workspace, lesson, tasks, &built, stop)?;
    let is_due =
        |name: &str| part == Part::All || tasks.iter().any(|task| task.checks.iter().any(|own| own == name));
    let names: Vec<_> = suite.names().into_iter().filter(|name| is_due(name)).collect();
    let times = asked.unwrap_or_else(busy::patience);
    let verdicts = run_checks(lesson, &suite, times, &names, stop, start)?;
    if stop.is_raised() {
        return Ok(Found::Stopped);
    }
    let is_solved = report::is_solved(&verdicts);
    keep(Report { sources, broken: None, is_solved, parts: report::parts(lesson, tasks, &verdicts) });
    if part == Part::All {
        let unseen = passed_over::of(lesson, tasks, &suite, &verdicts);
        let _ = passed_over::keep(workspace, lesson, &unseen).map_err(|error| say::trouble(&error));
        if is_solved {
            let _ = Progress::read(workspace).solve(lesson).map_err(|error| say::trouble(&error));
        }
    }
    Ok(Found::Judged(verdicts))
}

/// Why nothing was checked, in one sentence.
pub fn broken(lesson: &Lesson, built: &Built, words: Words) -> String {
    let number = &lesson.number;
    match built.is_broken() {
        true => {
            let mut errors = built.units.values().flat_map(|unit| &unit.errors);
            let place = errors.find_map(|(_, text)| Place::first_in(text, &lesson.name()));
            let place = place.map_or(String::new(), |place| said!(words, ", at {place}", place = place));
            said!(
                words,
                "Lesson {number} does not compile yet: mend the first error above{place}.",
                number = number,
                place = place
            )
        }
        // Windows lets nobody replace the file of a program that runs.
        false if built.stderr.contains("failed to remove file") => said!(
            words,
            "Cargo cannot replace the program of lesson {number}. If it still runs, end it with /quit or Ctrl-C.",
            number = number
        ),
        // A folder that cannot be written, a full disk, a crate that is not there.
        false => said!(
            words,
            "Cargo could not build lesson {number}: what stands in its way is above.",
            number = number
        ),
    }
}

/// One call of cargo gives the library, the program and the checks.
fn build(workspace: &Workspace, lesson: &Lesson, stop: &Stop, start: &Start<'_>) -> Result<Built> {
    let args = ["-p", &lesson.package(), "--test", "checks"].map(str::to_owned);
    let meter = start(&|words| said!(words, "building lesson {number}", number = lesson.number));
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

fn run_checks(
    lesson: &Lesson,
    suite: &Suite,
    times: u32,
    names: &[&str],
    stop: &Stop,
    start: &Start<'_>,
) -> Result<Vec<Verdict>> {
    let suite = &suite.waiting(times);
    let errands: Vec<_> = names.iter().map(|name| Errand { suite, name: (*name).to_owned() }).collect();
    let meter = start(&|words| match times {
        1 => said!(words, "lesson {number}, checks run", number = lesson.number),
        _ => said!(
            words,
            "lesson {number}, checks run; they wait longer on a busy machine",
            number = lesson.number
        ),
    });
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
