//! The checks of one subject, each run as a process of its own, in the order of the page.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::failure::Failure;
use crate::place::Place;
use crate::process::{self, End, Limits};
use crate::stop::Stop;
use crate::tasks::Task;

/// How a check of a lesson finds the program under test, before it looks at what was compiled in.
const PROGRAM: &str = "COURSE_PROGRAM";

/// Which answer a program of several is to be; its worker processes inherit it.
pub const ANSWER: &str = "COURSE_ANSWER";

/// How many times longer than usual a check waits for what it waits for.
pub const PATIENCE: &str = "COURSE_PATIENCE";

/// Listing the checks runs none of them.
const LISTING: Duration = Duration::from_secs(20);

/// The checks of one subject: a lesson, a solution, a starter or an answer.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The test binary.
    binary: PathBuf,
    /// The program under test.
    program: Option<PathBuf>,
    /// Where cargo would run it.
    folder: PathBuf,
    /// The longest that one check may take.
    bound: Duration,
    /// The full names, in the order of the page.
    names: Vec<String>,
    /// The answer under test, where program and checks have several.
    answer: Option<String>,
    /// Whether the binary is run as one check, whatever tests are in it.
    is_whole: bool,
    /// As many times longer than usual do its checks wait; by what the environment says, if this is none.
    times: Option<u32>,
}

/// What became of one check.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The name of the check, as its file has it.
    pub name: String,
    /// Whether it passed, and if not, why.
    pub outcome: Outcome,
    /// How long it ran.
    pub took: Duration,
    /// What it could not look at, in its own words.
    pub passed_over: Vec<String>,
    /// Where the lesson's own sources panicked, if they did.
    pub place: Option<Place>,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, and said why.
    Failed(Failure),
    /// It was killed at its bound; what it said last.
    Overran(Duration, String),
    /// The reader asked to stop.
    Stopped,
}

impl Verdict {
    /// Whether it passed.
    pub fn is_pass(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    /// Why it did not pass, in words.
    pub fn text(&self) -> String {
        match &self.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed(failure) => failure.text(),
            Outcome::Overran(bound, last) => overran(&self.name, *bound, last),
            Outcome::Stopped => "stopped".to_owned(),
        }
    }
}

/// The sentence about a check that did not end.
pub fn overran(name: &str, bound: Duration, last: &str) -> String {
    let said = if last.is_empty() { "nothing".to_owned() } else { format!("\"{last}\"") };
    format!(
        "the check {name} did not end within {} s; the last thing it said was {said}; \
         most likely the subject loops or blocks",
        bound.as_secs_f32()
    )
}

impl Suite {
    /// Asks a test binary for its checks, and puts them in the order of the tasks.
    pub fn open(
        binary: PathBuf,
        program: Option<PathBuf>,
        folder: PathBuf,
        tasks: &[Task],
        bound: Duration,
        stop: &Stop,
    ) -> Result<Self> {
        let mut suite = Self {
            binary,
            program,
            folder,
            bound,
            names: Vec::new(),
            answer: None,
            is_whole: false,
            times: None,
        };
        let ignored = suite.list(&["--ignored"], stop)?;
        let mut names = suite.list(&[], stop)?;
        names.retain(|name| !ignored.contains(name));
        names.sort_by_key(|name| place(tasks, name));
        if names.is_empty() {
            bail!("`{}` has no checks; are its files whole?", suite.folder.join("tests/checks").display());
        }
        suite.names = names;
        Ok(suite)
    }

    /// A test binary that is run to its end as one check of this name.
    pub fn whole(binary: PathBuf, folder: PathBuf, name: &str, bound: Duration) -> Self {
        let names = vec![name.to_owned()];
        Self { binary, program: None, folder, bound, names, answer: None, is_whole: true, times: None }
    }

    /// Whether some checks stand below this module of the binary.
    pub fn has_module(&self, module: &str) -> bool {
        self.names.iter().any(|name| name.split("::").next() == Some(module))
    }

    /// The checks below one module of the binary, run on one answer of the program.
    pub fn of_answer(&self, module: &str, answer: &str) -> Result<Self> {
        let below = format!("{module}::");
        let names: Vec<_> = self.names.iter().filter(|name| name.starts_with(&below)).cloned().collect();
        if names.is_empty() {
            bail!("`{}` has no checks of {module}", self.binary.display());
        }
        Ok(Self { names, answer: Some(answer.to_owned()), ..self.clone() })
    }

    /// The same checks, which wait as many times longer for what should come.
    pub fn waiting(&self, times: u32) -> Self {
        Self { times: Some(times), bound: self.bound * times, ..self.clone() }
    }

    /// The checks in the order of the page.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(|name| short(name)).collect()
    }

    fn list(&self, args: &[&str], stop: &Stop) -> Result<Vec<String>> {
        let mut command = self.command();
        command.args(["--list", "--format", "terse"]).args(args);
        // The list is needed whole: with many answers it is long.
        let limits = Limits { keep: usize::MAX, ..process::checked(LISTING) };
        let ended = process::run(command, limits, stop)?;
        if !ended.is_success() {
            bail!("`{}` does not list its checks: {}", self.binary.display(), ended.stderr.trim());
        }
        let tests = ended.stdout.lines().filter_map(|line| line.strip_suffix(": test"));
        Ok(tests.map(str::to_owned).collect())
    }

    /// Runs one check to its end.
    pub fn run_one(&self, name: &str, stop: &Stop) -> Result<Verdict> {
        let full = self.names.iter().find(|full| short(full) == name).with_context(|| {
            format!("there is no check {name}: the checks are {}", self.names().join(", "))
        })?;
        let mut command = self.command();
        command.arg("--nocapture");
        if !self.is_whole {
            command.args([full, "--exact"]);
        }
        let start = Instant::now();
        let ended = process::run(command, process::checked(self.bound), stop)?;
        let outcome = match ended.end {
            End::Exited(status) if status.success() => Outcome::Passed,
            End::Exited(status) => Outcome::Failed(failure(&ended, status)),
            End::Overran => Outcome::Overran(self.bound, last_words(&ended)),
            End::Stopped => Outcome::Stopped,
        };
        let passed_over = ended.stderr.lines().filter_map(|line| line.strip_prefix(checks::PASSED_OVER));
        let passed_over = passed_over.map(str::to_owned).collect();
        let lesson = self.folder.file_name().unwrap_or_default().to_string_lossy();
        let place = Place::of_panic(&ended.stderr, &lesson).filter(|_| outcome != Outcome::Passed);
        Ok(Verdict { name: name.to_owned(), outcome, took: start.elapsed(), passed_over, place })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        // A check quotes what a client printed: a sentence, whatever an account asks of panics.
        command.env("RUST_BACKTRACE", "0");
        if let Some(program) = &self.program {
            command.env(PROGRAM, program);
        }
        if let Some(answer) = &self.answer {
            command.env(ANSWER, answer);
        }
        if let Some(times) = self.times {
            command.env(PATIENCE, times.to_string());
        }
        command
    }
}

/// Some checks of one suite, as one piece of work.
#[derive(Debug)]
pub struct Errand<'a> {
    /// Whose checks.
    pub suite: &'a Suite,
    /// Which check.
    pub name: String,
}

/// Runs checks, some at once; the verdicts come back in the order of the errands.
pub fn run_all(
    errands: &[Errand<'_>],
    at_once: usize,
    stop: &Stop,
    mut done: impl FnMut(usize, &Verdict),
) -> Result<Vec<Verdict>> {
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..errands.len()).collect());
    let (sender, verdicts) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..at_once.max(1).min(errands.len()) {
            let (sender, waiting) = (sender.clone(), &waiting);
            let work = move || {
                while let (false, Some(index)) = (stop.is_raised(), next(waiting)) {
                    let errand = &errands[index];
                    let _ = sender.send((index, errand.suite.run_one(&errand.name, stop)));
                }
            };
            let named = thread::Builder::new().name(format!("check runner {number}"));
            named.spawn_scoped(scope, work).context("no thread can be started")?;
        }
        drop(sender);
        collect(errands.len(), verdicts, &mut done)
    })
}

/// The lock is taken for the one step.
fn next(waiting: &Mutex<VecDeque<usize>>) -> Option<usize> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn collect(
    count: usize,
    verdicts: mpsc::Receiver<(usize, Result<Verdict>)>,
    done: &mut dyn FnMut(usize, &Verdict),
) -> Result<Vec<Verdict>> {
    let mut collected: Vec<Option<Verdict>> = vec![None; count];
    for (index, verdict) in verdicts {
        let verdict = verdict?;
        done(index, &verdict);
        collected[index] = Some(verdict);
    }
    collected.into_iter().collect::<Option<_>>().context("stopped before all checks had run")
}

/// What a failed check said; a crash may have said nothing.
fn failure(ended: &process::Ended, status: ExitStatus) -> Failure {
    let found = Failure::find(&ended.stderr);
    if found != Failure::Other(Vec::new()) {
        return found;
    }
    Failure::Other(vec![format!("the check ended without a word, with {status}")])
}

/// The last line that a process wrote, the panic's or else its output's.
fn last_words(ended: &process::Ended) -> String {
    let spoken = |text: &str| {
        let mut lines = text.lines().rev().map(str::trim).filter(|line| !line.is_empty());
        // The test binary announces itself, and that says nothing about the subject.
        lines
            .find(|line| {
                !(line.starts_with("running ") || line.starts_with("test ") && line.ends_with("..."))
            })
            .map(|line| line.chars().take(200).collect::<String>())
    };
    spoken(&ended.stderr).or_else(|| spoken(&ended.stdout)).unwrap_or_default()
}

/// The name without the modules around it.
fn short(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

/// Where a check stands on the page; the shim of a solution, or an answer, puts more modules around it.
fn place(tasks: &[Task], name: &str) -> (usize, usize) {
    let module = name.rsplit("::").nth(1).unwrap_or_default();
    let task = tasks
        .iter()
        .position(|task| task.module == module)
        .or_else(|| tasks.iter().position(|task| task.module.is_empty()));
    let index = |task: usize| tasks[task].checks.iter().position(|known| known == short(name));
    let task = task.unwrap_or(usize::MAX);
    (task, tasks.get(task).and_then(|_| index(task)).unwrap_or(usize::MAX))
}
