//! Whoever listens may leave, and a disk may be full: no command panics, and each ends with a status that says so.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Fixture;

/// No run here takes longer, even while all cores are busy.
const BOUND: Duration = Duration::from_secs(100);

/// Commands that end by themselves, and their status when they are heard.
const COMMANDS: [(&[&str], i32); 12] = [
    (&["list"], 0),
    (&["--help"], 0),
    (&["--version"], 0),
    (&["hint", "01"], 0),
    (&["hint", "01", "--all"], 0),
    (&["diff", "01"], 0),
    (&["diff", "02"], 0),
    (&["check", "01"], 1),
    (&["check", "02"], 0),
    (&["answer", "01"], 0),
    (&["bench"], 0),
    (&["verify", "01", "--starters"], 0),
];

/// Commands that print until they are told to end.
const ENDLESS: [&[&str]; 2] = [&["watch", "01"], &["room", "--port", "0"]];

/// The first lesson is not solved, the second is.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("lessons/02-second-step/src/lib.rs", &crate::common::library_text(42));
    fixture
}

/// Runs a command, and returns its status and what it says on stderr.
fn ended(mut command: Command) -> (Option<i32>, String) {
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let told = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap());
    let deadline = Instant::now() + BOUND;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{command:?} did not end");
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    (child.wait().unwrap().code(), told.join().unwrap())
}

/// A pipe that nobody reads, as after `| true`.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A file on a disk that is full; not every system has one.
fn full() -> Option<File> {
    OpenOptions::new().write(true).open("/dev/full").ok()
}

/// When nobody listens a command ends quietly, with its own status, and what it did is done.
#[test]
fn closed_pipe_is_no_trouble() {
    let fixture = fixture();
    for (args, status) in COMMANDS {
        let mut command = fixture.command(args);
        command.stdout(closed());
        let (code, told) = ended(command);
        assert_eq!((code, told.contains("panicked")), (Some(status), false), "{args:?}: {told}");
        assert!(!told.contains("cannot be written"), "{args:?}: {told}");
    }
    assert!(fixture.read(".course/progress.toml").contains("second-step"));
    for args in ENDLESS {
        let mut command = fixture.command(args);
        command.stdout(closed());
        let (code, told) = ended(command);
        assert_eq!((code, told.as_str()), (Some(0), ""), "{args:?}");
    }
}

/// On a full disk a command says so in one sentence, and its status is 1.
#[test]
fn full_disk_is_said() {
    let fixture = fixture();
    if full().is_none() {
        return eprintln!("passed over: this system has no /dev/full");
    }
    for args in COMMANDS.iter().map(|(args, _)| *args).chain(ENDLESS) {
        let mut command = fixture.command(args);
        command.stdout(full().unwrap());
        let (code, told) = ended(command);
        assert_eq!((code, told.contains("panicked")), (Some(1), false), "{args:?}: {told}");
        assert_eq!(told.matches("what is printed cannot be written").count(), 1, "{args:?}: {told}");
    }
}

/// A hint that could not be printed was not shown.
#[test]
fn lost_hint_is_not_counted() {
    let fixture = fixture();
    let mut command = fixture.command(&["hint", "01"]);
    command.stdout(closed());
    assert_eq!(ended(command).0, Some(0));
    fixture.course(&["hint", "01"]).says(&["hint 1 of 3"]);
}

/// A complaint that nobody can read is no panic either: its status says it.
#[test]
fn closed_stderr_is_no_trouble() {
    let fixture = fixture();
    for (args, status) in [(vec!["check", "99"], 1), (vec!["check", "--loudly"], 2), (vec!["list"], 0)] {
        fixture.write(".course/progress.toml", "solved = 7 = 8");
        let mut command = fixture.command(&args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(closed());
        assert_eq!(command.status().unwrap().code(), Some(status), "{args:?}");
    }
}

/// Whoever reads a few lines of the book's greeting and leaves does not end the book.
#[test]
fn book_outlives_its_listener() {
    let fixture = fixture();
    let mut child = fixture
        .command(&["--no-open", "--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("The book is open at http://"), "{first}");
    let noted = fixture.root().join(".course/book-url");
    assert!(Path::new(&noted).exists() && child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}
