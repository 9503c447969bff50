//! Which call it was: a debugger from outside names it, while the worker is stuck in it.
//!
//! It needs gdb and the right to attach; where one is missing, the test says so and passes over.
#![cfg(target_os = "linux")]

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use checks::{let_children_hear, patience, within};

/// What gdb is asked.
const COMMAND: &str = "thread apply all backtrace";

/// Ends the service, whatever becomes of the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The thread `tokio-rt-worker` stands in `fetch_rate`, below it is the call that blocks, and above it the request.
#[test]
fn backtrace_names_the_call() {
    let_children_hear().expect("handlers for signals");
    // Frozen for far longer than gdb needs.
    let service = Command::new(env!("CARGO_BIN_EXE_watch")).arg("600").stdout(Stdio::piped()).spawn();
    let mut service = Service(service.expect("the program starts"));
    let mut lines = BufReader::new(service.0.stdout.take().expect("a pipe")).lines();
    let is_told = |line: io::Result<String>| line.is_ok_and(|line| line.contains("has not run for"));
    assert_eq!(within(patience(), "the watchdog tells of the freeze", move || lines.any(is_told)), Ok(true));
    let pid = service.0.id().to_string();
    let began = Instant::now();
    let gdb = move || Command::new("gdb").args(["-p", &pid, "-batch", "-ex", COMMAND]).output();
    let output = within(patience() * 10, "gdb tells", gdb).unwrap_or_else(|missed| panic!("{missed}"));
    let took = began.elapsed().as_secs_f64();
    let Ok(output) = output else { return passed_over("there is no gdb") };
    if String::from_utf8_lossy(&output.stderr).contains("Operation not permitted") {
        return passed_over("gdb may not attach here; as root it may");
    }
    let said = String::from_utf8_lossy(&output.stdout);
    // The threads of the blocking pool have the same name; this one runs tasks.
    let is_worker =
        |thread: &&str| thread.contains("tokio-rt-worker") && thread.contains("multi_thread::worker");
    let worker = said.split("\nThread ").find(is_worker);
    let frames = frames(worker.unwrap_or_else(|| panic!("no worker in {output:?}")));
    let depth = |name: &str| frames.iter().position(|frame| frame.contains(name));
    let (call, fault, answer) = (depth("recv"), depth("service::fetch_rate"), depth("service::answer"));
    assert!(call.is_some() && call < fault && fault < answer, "{frames:#?}");
    let shown = &frames[..=answer.unwrap_or_default()];
    hold(&format!(
        "$ gdb -p PID -batch -ex \"{COMMAND}\"\n{}\n(gdb was done after {took:.1} s)\n",
        shown.join("\n")
    ));
}

/// The frames of a thread: number, function and place, without addresses and arguments.
fn frames(thread: &str) -> Vec<String> {
    let frames = thread.lines().filter(|line| line.starts_with('#'));
    let short = |frame: &str| {
        let (number, rest) = frame.split_once(' ')?;
        let rest = rest.trim_start();
        let rest = rest.strip_prefix("0x").and_then(|rest| Some(rest.split_once(" in ")?.1)).unwrap_or(rest);
        let name = rest.split(" (").next()?;
        let name =
            name.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16).map_or(name, |(name, _)| name);
        let place = rest.rsplit_once(" at ").map(|(_, place)| format!(" at {}", inside(place)));
        Some(format!("{number} {name}{}", place.unwrap_or_default()))
    };
    frames.filter_map(short).collect()
}

/// A place in the standard library or in a crate, without where they stand on this machine.
fn inside(place: &str) -> &str {
    let from = |mark: &str| place.find(mark).map(|at| &place[at..]);
    from("library/").or(from("programs/")).unwrap_or(place.rsplit('/').next().unwrap_or(place))
}

/// The page shows the same functions of ours; those of the libraries differ from machine to machine.
fn hold(excerpt: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/transcripts/your-program-backtrace.txt");
    if env::var_os("COURSE_RECORD").is_some() {
        fs::write(&path, excerpt).expect("a transcript that can be written");
    }
    let shown = fs::read_to_string(&path).expect("the transcript of the page");
    let ours = |text: &str| {
        let ours = text
            .lines()
            .filter_map(|line| line.split_once(' ').filter(|line| line.1.starts_with("your_program")));
        ours.map(|(_, frame)| frame.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ours(&shown), ours(excerpt), "run this test with COURSE_RECORD=1");
}

fn passed_over(why: &str) {
    // Not `eprintln!`: a test that passes shows nothing of that.
    let _ = writeln!(io::stderr(), "passed over: {why}");
}
