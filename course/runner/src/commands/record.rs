//! `cargo course record`: records again every run that the pages show, or checks that they still are what is printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use book::screens::Screens;
use checks::{Host, Machine, NatsServer, Program};
use clap::Args;
use similar::TextDiff;

use super::verify::chosen;
use crate::cargo;
use crate::lesson::{Demo, Lesson};
use crate::meter::Meter;
use crate::report::shown;
use crate::say::{self, say};
use crate::scratch::{Scratch, Subject};
use crate::sources;
use crate::stop::Stop;
use crate::table::Table;
use crate::terminal;
use crate::workspace::Workspace;

/// What to record.
#[derive(Debug, Args)]
pub struct Options {
    /// The lessons; all that have a demo, if none is named
    lessons: Vec<String>,
    /// Write nothing; fail where a page's transcript is not what the program prints
    #[arg(long)]
    check: bool,
    /// Take the starters from `lessons`, not from the kept ones
    #[arg(long)]
    work_tree: bool,
}

/// How often a run is played until its transcript is what was kept: bots and figures may fall on another side of a line.
const TRIES: usize = 3;

/// How many runs are played at once before those that then differ are played alone: mostly a run waits for its reader.
const LANES: usize = 2;

/// One run to be recorded.
struct Take<'a> {
    /// Whose run.
    lesson: &'a Lesson,
    /// `frozen` or `thawed`: how the files are named.
    side: &'static str,
    /// What a reader types to see it.
    package: String,
    /// The program, under the name of its package.
    program: PathBuf,
    /// The arguments.
    args: Vec<String>,
    /// What is done at the terminal.
    script: Vec<String>,
}

impl Take<'_> {
    /// How it is named to the reader of a report.
    fn what(&self) -> String {
        format!("{} {}", self.lesson.number, self.side)
    }

    /// How its files are named.
    fn stem(&self) -> String {
        format!("{}-{}", self.lesson.number, self.side)
    }

    /// The file of its transcript.
    fn transcript(&self, workspace: &Workspace) -> PathBuf {
        workspace.path(&format!("book/transcripts/{}.txt", self.stem()))
    }

    /// Where a run leaves its trace.
    fn trace(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.json", self.stem()))
    }

    /// A transcript without what no two runs of this share.
    fn comparable(&self, text: &str) -> String {
        let computes = self.lesson.demo.as_ref().is_some_and(|demo| demo.computes);
        let text = without_prompts(&masked(text));
        by_thread(&if computes { without_pace(&text) } else { text })
    }
}

/// Records, or compares.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let stop = Stop::on_interrupt()?;
    let table = Table::read(workspace)?;
    let lessons = chosen(workspace, &table, &options.lessons)?;
    let mut with_demo: Vec<_> =
        lessons.into_iter().filter_map(|lesson| Some((lesson, lesson.demo.as_ref()?))).collect();
    if with_demo.is_empty() {
        bail!("no such lesson has a [lesson.demo] in `course/lessons.toml`. Try `cargo course list`");
    }
    // Where there is no server for the machines of a run, a word about it is printed.
    with_demo.retain(|(_, demo)| demo.machines == 0 || NatsServer::start().is_some());
    let folder = folder(workspace)?;
    let mut takes = starters(workspace, &with_demo, options.work_tree, &folder, &stop)?;
    takes.extend(solutions(workspace, &with_demo, &stop)?);
    let meter = Meter::start("playing the runs");
    let rest = if options.check {
        among_others(workspace, &takes, &folder, &meter, &stop)?
    } else {
        takes.iter().collect()
    };
    let mut differ = 0;
    for (index, take) in rest.iter().enumerate() {
        meter.set(takes.len() - rest.len() + index + 1, takes.len(), &take.what());
        differ += usize::from(!one(workspace, take, &folder, options.check, &meter, &stop)?);
    }
    drop(meter);
    if !options.check && takes.iter().any(|take| take.lesson.number == book::POSTER) {
        for (path, picture) in book::posters(workspace.root())? {
            put(&path, picture)?;
        }
    }
    if differ > 0 {
        say!("\n{differ} transcripts are not what the programs print. Try `cargo course record`");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The starters, built as subjects of the scratch workspace.
fn starters<'a>(
    workspace: &Workspace,
    lessons: &[(&'a Lesson, &'a Demo)],
    work_tree: bool,
    folder: &Path,
    stop: &Stop,
) -> Result<Vec<Take<'a>>> {
    let mut scratch = Scratch::begin(workspace, "starters")?;
    let mut subjects = Vec::new();
    for (lesson, demo) in lessons {
        let sources = if work_tree {
            sources::of_lesson(workspace, lesson)?
        } else {
            sources::of_starter(workspace, lesson)?
        };
        let subject = Subject { lesson, name: "starter".to_owned(), sources, check: None };
        scratch.add(&subject);
        subjects.push((subject, *demo));
    }
    scratch.build(false, &Meter::start("building the starters"), stop)?;
    let take = |(subject, demo): &(Subject<'a>, &'a Demo)| {
        let program = scratch.program(subject)?;
        let package = subject.lesson.package();
        let program = named(folder, &program, &package)?;
        let (args, script) = (demo.args.clone(), demo.script.clone());
        Ok(Take { lesson: subject.lesson, side: "frozen", package, program, args, script })
    };
    subjects.iter().map(take).collect()
}

fn solutions<'a>(
    workspace: &Workspace,
    lessons: &[(&'a Lesson, &'a Demo)],
    stop: &Stop,
) -> Result<Vec<Take<'a>>> {
    let mut args: Vec<_> =
        lessons.iter().flat_map(|(lesson, _)| ["-p".to_owned(), lesson.solution()]).collect();
    args.push("--bins".to_owned());
    let built = cargo::build(workspace.root(), &args, None, stop, &Meter::start("building the solutions"))?;
    let take = |(lesson, demo): &(&'a Lesson, &'a Demo)| {
        let unit = built.unit(&workspace.solution(lesson));
        let program = unit
            .program
            .with_context(|| format!("{} does not compile:\n{}", lesson.solution(), built.complaint()))?;
        let script = demo.thawed_script.clone().unwrap_or_else(|| demo.script.clone());
        let package = lesson.solution();
        Ok(Take { lesson, side: "thawed", package, program, args: demo.args.clone(), script })
    };
    lessons.iter().map(take).collect()
}

/// The folder for what runs leave behind.
fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let folder = cargo::target(workspace.root())?.join("course/recorded");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(folder)
}

/// A trace names the program by its file, so the starter gets the name that the reader knows.
fn named(folder: &Path, program: &Path, name: &str) -> Result<PathBuf> {
    let copy = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    fs::copy(program, &copy).with_context(|| format!("`{}` cannot be written", copy.display()))?;
    Ok(copy)
}

/// Plays each run once, some at a time; returns those whose transcripts differ, which may be for want of a core.
fn among_others<'t>(
    workspace: &Workspace,
    takes: &'t [Take<'t>],
    folder: &Path,
    meter: &Meter,
    stop: &Stop,
) -> Result<Vec<&'t Take<'t>>> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let lane = || -> Result<Vec<usize>> {
        let mut differ = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(take) = takes.get(index) else { return Ok(differ) };
            let kept = kept(workspace, take)?;
            match play(workspace, take, &take.trace(folder), stop) {
                Ok((text, _)) if take.comparable(&text) == take.comparable(&kept) => {
                    meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, takes.len(), &take.what());
                    meter.print(|| same(workspace, take));
                }
                Err(error) if stop.is_raised() => return Err(error),
                // Why a run failed is said when it fails alone, too.
                _ => differ.push(index),
            }
        }
    };
    let lanes = thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane panicked")).collect::<Result<Vec<_>>>()
    })?;
    let mut differ = lanes.concat();
    differ.sort_unstable();
    Ok(differ.into_iter().map(|index| &takes[index]).collect())
}

/// Plays one run; false when a comparison finds a difference.
fn one(
    workspace: &Workspace,
    take: &Take<'_>,
    folder: &Path,
    only_compare: bool,
    meter: &Meter,
    stop: &Stop,
) -> Result<bool> {
    let (what, trace, transcript) = (take.what(), take.trace(folder), take.transcript(workspace));
    let play = || play(workspace, take, &trace, stop).with_context(|| format!("the run {what}"));
    if only_compare {
        return compare(workspace, take, meter, || Ok(play()?.0));
    }
    let (text, screens) = play()?;
    put(&transcript, &text)?;
    let recorded = fs::read_to_string(&trace).with_context(|| format!("the run {what} wrote no trace"))?;
    let screens =
        screens.on_the_clock_of(&recorded).with_context(|| format!("the trace of the run {what}"))?;
    for (kind, content) in [("screens", screens.to_json()?), ("traces", recorded)] {
        put(&workspace.path(&format!("book/{kind}/{}.json", take.stem())), content)?;
    }
    meter
        .print(|| say!("{what}: {} lines in {}", text.lines().count(), shown(workspace.root(), &transcript)));
    Ok(true)
}

/// The screen, below the command that a reader would type.
fn play(workspace: &Workspace, take: &Take<'_>, trace: &Path, stop: &Stop) -> Result<(String, Screens)> {
    let steps = terminal::parse(&take.script)?;
    let (mut args, mut machines) = (take.args.clone(), Vec::new());
    let count = take.lesson.demo.as_ref().map_or(0, |demo| demo.machines);
    // Kept until the run is over.
    let server = if count > 0 { NatsServer::start() } else { None };
    if count > 0 {
        let server = server.as_ref().context("the run needs a NATS server")?;
        let program = Program::at(&take.program);
        machines.extend((0..count).map(|_| Machine::start(&program, server, workspace.root())));
        for machine in &machines {
            machine.shows("takes jobs").map_err(|missed| anyhow!("{missed}"))?;
        }
        args.extend(["--nats".to_owned(), server.url()]);
    }
    let separator = if args.is_empty() { "" } else { " -- " };
    let command = format!("$ cargo run -p {}{separator}{}", take.package, args.join(" "));
    args.extend(["--trace".to_owned(), trace.display().to_string()]);
    let played = terminal::play(&take.program, &args, workspace.root(), &steps, &mut machines, stop)?;
    let screen = played.text();
    let lines: Vec<_> = screen.lines().map(str::trim_end).collect();
    Ok((format!("{command}\n{}\n", lines.join("\n").trim_end()), played.screens()))
}

/// Writes a file, and the folders that it stands in.
pub(super) fn put(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, content));
    written.with_context(|| format!("`{}` cannot be written", path.display()))
}

fn kept(workspace: &Workspace, take: &Take<'_>) -> Result<String> {
    let transcript = take.transcript(workspace);
    fs::read_to_string(&transcript).with_context(|| {
        format!("`{}` cannot be read. Try `cargo course record`", shown(workspace.root(), &transcript))
    })
}

fn same(workspace: &Workspace, take: &Take<'_>) {
    let file = shown(workspace.root(), &take.transcript(workspace));
    say!("{}: {file} is what the program prints", take.what());
}

fn compare(
    workspace: &Workspace,
    take: &Take<'_>,
    meter: &Meter,
    play: impl Fn() -> Result<String>,
) -> Result<bool> {
    let (old, mut new) = (take.comparable(&kept(workspace, take)?), String::new());
    for _ in 0..TRIES {
        new = take.comparable(&play()?);
        if old == new {
            meter.print(|| same(workspace, take));
            return Ok(true);
        }
    }
    let file = shown(workspace.root(), &take.transcript(workspace));
    meter.print(|| {
        say!("{}: {file} is not what the program prints", take.what());
        say::text(TextDiff::from_lines(&old, &new).unified_diff().header(&file, "printed now"));
    });
    Ok(false)
}

/// Replaces what no two runs share: numbers with a unit of time, ports, and how many pings there were.
///
/// That no ping was missed, or that one was, still counts.
pub fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        out += before;
        let end = from.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(from.len());
        let digits = from[..end].trim_end_matches('.');
        let after = &from[digits.len()..];
        let is_port = out.ends_with("127.0.0.1:") || out.ends_with("localhost:");
        let is_count = is_pings(after)
            || after.starts_with(" parts finished")
            || (digits != "0" && after.strip_prefix(" of ").is_some_and(counts_pings));
        out += if is_timed(after) || is_port || is_count { "#" } else { digits };
        rest = after;
    }
    out + rest
}

/// Leaves out what depends on the speed and the cores of a machine, in a masked text.
fn without_pace(text: &str) -> String {
    let is_paced = |line: &str| line.ends_with("s since you joined") || line.starts_with(".. ");
    let lines = text.lines().filter(|line| !is_paced(line));
    lines.map(|line| format!("{}\n", line.split(" answered, ").next().unwrap_or(line))).collect()
}

/// Leaves out a prompt that what was said came behind, since it may as well have come before it; the checks of lesson 14
/// look at who stands in whose way.
fn without_prompts(text: &str) -> String {
    let bare = |line| match str::strip_prefix(line, "> ") {
        Some(rest) if ["<< ", "== ", ".. "].iter().any(|mark| rest.starts_with(mark)) => rest,
        _ => line,
    };
    text.lines().map(|line| format!("{}\n", bare(line))).collect()
}

/// Puts what a watchdog says behind the rest: its thread and the event loop's print in no order.
fn by_thread(text: &str) -> String {
    let (watchdog, rest): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("watchdog: "));
    rest.into_iter().chain(watchdog).map(|line| format!("{line}\n")).collect()
}

/// Whether the number is one of pings.
fn is_pings(after: &str) -> bool {
    after.starts_with(" pings")
}

fn counts_pings(total: &str) -> bool {
    is_pings(total.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Whether a unit of time follows, as a word.
fn is_timed(after: &str) -> bool {
    let after = after.strip_prefix(' ').unwrap_or(after);
    ["s", "ms", "µs"].iter().any(|unit| {
        let follows = after.strip_prefix(unit).map(|rest| rest.chars().next());
        follows.is_some_and(|next| next.is_none_or(|next| !next.is_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times and ports differ from run to run; counts do not.
    #[test]
    fn times_and_ports_are_masked() {
        assert_eq!(masked("froze for 3.02 s, 12ms."), "froze for # s, #ms.");
        assert_eq!(masked("4 of 5 lines at ws://127.0.0.1:40123"), "4 of 5 lines at ws://127.0.0.1:#");
        assert_eq!(masked("29 of 30 pings missed, 0 of 29 pings"), "# of # pings missed, 0 of # pings");
        assert_eq!(masked("5 seconds, 7 messages"), "5 seconds, 7 messages");
        // A part is done each 0.2 s: so this is a clock.
        assert_eq!(masked("1 running, 12 parts finished"), "1 running, # parts finished");
    }

    /// What a run computes is compared, how fast it did is not.
    #[test]
    fn pace_is_left_out() {
        let text = "<< Ada: # s since you joined\n== /forty 9: 40 answered, 31 at once, 2 cores\n.. /split 40 %\n<< you: hi\n";
        assert_eq!(without_pace(text), "== /forty 9: 40\n<< you: hi\n");
    }

    /// Whether an answer found the prompt already there is no difference; what was typed at it is.
    #[test]
    fn prompts_before_what_is_said_are_left_out() {
        assert_eq!(
            without_prompts("> == /stats: 1\n> << you: hi\n> hi\n>\n"),
            "== /stats: 1\n<< you: hi\n> hi\n>\n"
        );
    }

    /// A watchdog may speak before the event loop goes on, or after; what it says, and in which order, still counts.
    #[test]
    fn threads_are_told_apart() {
        let rest = "<< you: hi\n<< Ada: # s since you joined\n";
        let mixed = "watchdog: one\n<< you: hi\nwatchdog: two\n<< Ada: # s since you joined\n";
        assert_eq!(by_thread(mixed), format!("{rest}watchdog: one\nwatchdog: two\n"));
        assert_eq!(by_thread(mixed), by_thread(&format!("watchdog: one\nwatchdog: two\n{rest}")));
    }
}
