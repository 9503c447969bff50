//! `cargo course bench`: measures what the course builds beside its peers, in one run.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::say::say;
use crate::stop::Stop;
use crate::workspace::Workspace;

/// A benchmark: its name, what it measures, and how cargo runs it; what the reader adds comes last.
const BENCHMARKS: [(&str, &str, &[&str]); 6] = [
    (
        "pools",
        "lesson 09: the same primes in four pools",
        &["bench", "-p", "solution-09", "--bench", "pools", "--"],
    ),
    (
        "executors",
        "lessons 10 and 11: what a task costs, and what an offload costs",
        &["bench", "-p", "bench", "--bench", "executors", "--"],
    ),
    (
        "processes",
        "lesson 13: what a job in another process costs",
        &["bench", "-p", "bench", "--bench", "processes", "--"],
    ),
    (
        "machines",
        "lesson 15: what a job on whichever machine is free costs",
        &["bench", "-p", "bench", "--bench", "machines", "--"],
    ),
    (
        "faults",
        "lesson 13: ten thousand jobs on each stage, while two hundred workers are killed",
        &["test", "--release", "-p", "solution-13", "--test", "faults", "--", "--ignored", "--nocapture"],
    ),
    (
        "faults --machines",
        "lesson 15: ten thousand jobs, while machines and servers are killed, and lines are cut",
        &["test", "--release", "-p", "solution-15", "--test", "faults", "--", "--ignored", "--nocapture"],
    ),
];

/// What makes another benchmark of one.
const MACHINES: &str = "--machines";

/// Which benchmark.
#[derive(Debug, Args)]
pub struct Options {
    /// Its name; without one, they are listed
    name: Option<String>,
    /// What is handed on to it: `--quick` hurries, `--write` also writes what the book shows
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Builds the benchmark for speed, and runs it; its status is the command's.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let Some(name) = &options.name else {
        for (name, what, _) in BENCHMARKS {
            say!("{name:<19}{what}");
        }
        say!(
            "\nRun one: `cargo course bench executors`, or for a first look `cargo course bench executors --quick`."
        );
        return Ok(ExitCode::SUCCESS);
    };
    let (name, added) = match options.args.split_first() {
        Some((first, added)) if first == MACHINES => (format!("{name} {MACHINES}"), added),
        _ => (name.clone(), &options.args[..]),
    };
    let Some((_, _, args)) = BENCHMARKS.iter().find(|(known, ..)| *known == name) else {
        let known: Vec<&str> = BENCHMARKS.iter().map(|(name, ..)| *name).collect();
        bail!("there is no benchmark `{name}`: they are {}. Try `cargo course bench`", known.join(", "));
    };
    // Ctrl-C reaches cargo and the benchmark too: this process only waits for their end.
    let _stop = Stop::on_interrupt()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace.root())
        .args(*args)
        .args(added)
        .status()
        .context("cargo cannot be started. Try `cargo --version`")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
