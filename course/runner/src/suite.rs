//! The checks of one subject, each run as a process of its own, in the order of the page.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::failure::Failure;
use crate::process::{self, End};
use crate::stop::Stop;

/// How a check of a lesson finds the program under test, before it looks at what was compiled in.
const PROGRAM: &str = "COURSE_PROGRAM";

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
    /// The full names, in the order of the file.
    names: Vec<String>,
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
    /// Asks a test binary for its checks, and puts them in the order of `source`.
    pub fn open(
        binary: PathBuf,
        program: Option<PathBuf>,
        folder: PathBuf,
        source: &Path,
        bound: Duration,
        stop: &Stop,
    ) -> Result<Self> {
        let text = std::fs::read_to_string(source)
            .with_context(|| format!("the checks `{}` cannot be read", source.display()))?;
        let order = order(&text);
        let mut suite = Self { binary, program, folder, bound, names: Vec::new() };
        let ignored = suite.list(&["--ignored"], stop)?;
        let mut names = suite.list(&[], stop)?;
        names.retain(|name| !ignored.contains(name));
        names.sort_by_key(|name| order.iter().position(|known| *known == short(name)).unwrap_or(usize::MAX));
        if names.is_empty() {
            bail!("`{}` has no checks; is the file whole?", source.display());
        }
        suite.names = names;
        Ok(suite)
    }

    /// The same checks, compiled for another subject.
    pub fn of_another(&self, binary: PathBuf, program: Option<PathBuf>) -> Self {
        Self { binary, program, ..self.clone() }
    }

    /// The checks in the order of the page.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(|name| short(name)).collect()
    }

    fn list(&self, args: &[&str], stop: &Stop) -> Result<Vec<String>> {
        let mut command = self.command();
        command.args(["--list", "--format", "terse"]).args(args);
        let ended = process::run(command, process::checked(LISTING), stop)?;
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
        command.args([full, "--exact", "--nocapture"]);
        let start = Instant::now();
        let ended = process::run(command, process::checked(self.bound), stop)?;
        let outcome = match ended.end {
            End::Exited(status) if status.success() => Outcome::Passed,
            End::Exited(status) => Outcome::Failed(failure(&ended, status)),
            End::Overran => Outcome::Overran(self.bound, last_words(&ended)),
            End::Stopped => Outcome::Stopped,
        };
        Ok(Verdict { name: name.to_owned(), outcome, took: start.elapsed() })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        if let Some(program) = &self.program {
            command.env(PROGRAM, program);
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

/// A solution's shim puts the checks into a module.
fn short(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

/// The names of the checks, as they follow one another in the file.
fn order(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]");
        let function = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("fn ");
        if let (true, Some(rest)) = (is_test, function) {
            names.push(rest.split(['(', '<', ' ']).next().unwrap_or(rest));
            is_test = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of the file is the order of the page.
    #[test]
    fn checks_keep_the_order_of_the_file() {
        let source = "fn helper() {}\n/// One.\n#[test]\nfn zebra() {}\n#[test]\n#[ignore]\nfn ant() -> X {}\nfn b() {}";
        assert_eq!(order(source), ["zebra", "ant"]);
    }
}
