//! `cargo course mutants`: makes small changes to a solution, one at a time, each of which a check must reject.
//!
//! cargo-mutants makes them and runs the checks. A survivor is a hole in the checks, or it is no fault: then the list
//! in `course/mutants` names it, with the reason.

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::record::put;
use crate::cargo;
use crate::lesson::Lesson;
use crate::mutants::{self, Fate, List, Mutant};
use crate::say::say;
use crate::stop::Stop;
use crate::table::Table;
use crate::tried::{self, Versions};
use crate::workspace::Workspace;

/// How to get what makes the mutants.
const INSTALL: &str = "cargo install cargo-mutants --version 27.1.0 --locked";

/// Seconds that the checks of one mutant may take: each of their waits is bounded, and many run at once.
const TIMEOUT: &str = "120";

/// Which mutants.
#[derive(Debug, Args)]
pub struct Options {
    /// The lessons; all that exist, if none is named
    lessons: Vec<String>,
    /// Only those of lines that have changed since all of a solution were tried; all, if none ever was
    #[arg(long)]
    changed: bool,
    /// Only name the sources whose mutants would be tried
    #[arg(long)]
    list: bool,
    /// Remember that all were tried, if none is unexplained
    #[arg(long, conflicts_with_all = ["list", "args"])]
    save: bool,
    /// So many at once; one for each core without it
    #[arg(long, short)]
    jobs: Option<usize>,
    /// What is handed on to cargo-mutants: `-- --iterate` leaves out what was rejected the last time
    #[arg(last = true)]
    args: Vec<String>,
}

/// A solution, and what is known of it.
struct Subject<'a> {
    /// Its lesson.
    lesson: &'a Lesson,
    /// Its sources as they stand.
    versions: Versions,
    /// What no check rejects.
    list: List,
}

/// Tries the mutants, and tells the ones that nothing rejects and nothing explains.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let table = Table::read(workspace)?;
    let lessons: Vec<&Lesson> = match options.lessons.as_slice() {
        [] => table.existing(workspace).collect(),
        named => named.iter().map(|name| table.named(workspace, name)).collect::<Result<_>>()?,
    };
    let before = if options.changed { tried::read(workspace)? } else { Versions::new() };
    let is_new = |(path, blob): &(&String, &String)| before.get(*path) != Some(*blob);
    let mut subjects = Vec::new();
    for lesson in lessons {
        let versions = tried::versions(workspace, lesson)?;
        if versions.iter().any(|version| is_new(&version)) {
            subjects.push(Subject { lesson, versions, list: List::read(workspace, lesson)? });
        }
    }
    if options.list {
        let versions = subjects.iter().flat_map(|subject| &subject.versions);
        versions.filter(is_new).for_each(|(path, _)| say!("{path}"));
        return Ok(ExitCode::SUCCESS);
    }
    if subjects.is_empty() {
        say!("No solution has changed since its mutants were tried.");
        return Ok(ExitCode::SUCCESS);
    }
    let packages = subjects.iter().flat_map(|subject| ["-p".to_owned(), subject.lesson.solution()]);
    let packages: Vec<String> = packages.collect();
    let mut wanted = packages.clone();
    if options.changed {
        let changes = subjects.iter().map(|subject| tried::changes(workspace, subject.lesson, &before));
        let path = cargo::target(workspace.root())?.join("course/mutants/changes.diff");
        put(&path, &changes.collect::<Result<String>>()?)?;
        wanted.push(format!("--in-diff={}", path.display()));
    }
    let all = listed(workspace, &packages)?;
    wanted.extend(options.args.iter().cloned());
    let is_any = !listed(workspace, &wanted)?.is_empty();
    let fates = if is_any { try_each(workspace, &wanted, options.jobs)? } else { Vec::new() };
    let told = subjects.iter().map(|subject| tell(subject, &all, &fates));
    let is_fine = told.fold(true, |is_fine, is_next| is_fine & is_next);
    if is_fine && options.save {
        tried::save(workspace, subjects.into_iter().map(|subject| (subject.lesson, subject.versions)))?;
    }
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Has each mutant made and checked; cargo-mutants shows how far it is.
fn try_each(workspace: &Workspace, wanted: &[String], jobs: Option<usize>) -> Result<Vec<(Mutant, Fate)>> {
    let _stop = Stop::on_interrupt()?;
    checks::let_children_hear().context("signals cannot be handled here")?;
    let folder = cargo::target(workspace.root())?.join("course/mutants");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let status = command(workspace)
        .args(wanted)
        .args(["--test-tool=cargo", "--copy-target=false", "--timeout", TIMEOUT])
        .args(["--jobs", &jobs.unwrap_or(cores).to_string()])
        .arg("--output")
        .arg(&folder)
        .status()
        .context("cargo cannot be run. Try `cargo --version`")?;
    // All were rejected, some survived, some came to no end: the outcomes say which.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        bail!("cargo-mutants ended early: {status}. Look at what it says above");
    }
    let path = folder.join("mutants.out/outcomes.json");
    let outcomes =
        fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    mutants::fates(&outcomes)
}

/// The mutants that cargo-mutants would make; it makes none.
fn listed(workspace: &Workspace, wanted: &[String]) -> Result<Vec<Mutant>> {
    let output = command(workspace).args(["--list", "--json"]).args(wanted).output();
    let output = output.context("cargo cannot be run. Try `cargo --version`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}. Try `{INSTALL}`", said.lines().next().unwrap_or_default().trim_start_matches("error: "));
    }
    // Where a difference has no mutants, a comment that was changed, it prints nothing.
    if output.stdout.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&output.stdout).context("the mutants cannot be listed")
}

fn command(workspace: &Workspace) -> Command {
    let mut command = cargo::command(workspace.root());
    // Each job builds in a copy of its own.
    command.env_remove("CARGO_TARGET_DIR").arg("mutants").stdin(Stdio::null());
    command
}

/// Says what came of one solution; whether nothing is left to do.
fn tell(subject: &Subject<'_>, all: &[Mutant], fates: &[(Mutant, Fate)]) -> bool {
    let folder = subject.lesson.solution_folder() + "/";
    let list = format!("course/mutants/{}.toml", subject.lesson.name());
    let own = fates.iter().filter(|(mutant, _)| mutant.file.starts_with(&folder));
    let of = |wanted: Fate| own.clone().filter(move |(_, fate)| *fate == wanted).map(|(mutant, _)| mutant);
    let survivors: Vec<&Mutant> = of(Fate::Survived).collect();
    let unexplained = mutants::unexplained(&subject.list, survivors.iter().copied());
    say!(
        "solution {}: {} rejected, {} without an end, {} survive: {} explained, {} not",
        subject.lesson.number,
        of(Fate::Rejected).count(),
        of(Fate::Timeout).count(),
        survivors.len(),
        survivors.len() - unexplained.len(),
        unexplained.len()
    );
    for mutant in &unexplained {
        let known = all.iter().find(|known| known.name == mutant.name);
        say!("\n{}", mutant.name);
        known.into_iter().flat_map(Mutant::lines).for_each(|line| say!("    {line}"));
        say!("Let a check reject it, or say in `{list}` why it is no fault: \"{}\"", mutant.listed());
    }
    let all: Vec<&Mutant> = all.iter().filter(|mutant| mutant.file.starts_with(&folder)).collect();
    let stale = mutants::stale(&subject.list, &all);
    for name in &stale {
        say!("`{list}` explains \"{name}\", which is no mutant any more: remove it.");
    }
    unexplained.is_empty() && stale.is_empty()
}
