//! What becomes of a visit when stdin holds no text, or stdout takes none: no panic, a farewell, and a status that tells.

#[cfg(unix)]
use std::fs::File;
use std::{
    io::{self, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use practice::{Event, Leaving, Room, Rules};

/// No cause in these tests takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is no UTF-8 ends the visit as an error that names its place; what was typed before is said, and so is goodbye.
#[test]
fn bytes_that_are_no_text_end_the_visit_as_an_error() {
    let visit = Visit::begin(Stdio::piped());
    let ended = visit.ends(b"hello\nol\xe9\n");
    assert_eq!(ended.said, ["hello"]);
    assert_eq!(ended.leaving, Some(Leaving::Closed));
    let sentence = "error: stdin, line 2: this is no UTF-8 from byte 3 on; `iconv -t UTF-8` makes it so\n";
    assert_eq!(ended.errors, sentence);
    assert_eq!(ended.status.code(), Some(1));
}

/// An input that cannot be read is named, too.
#[cfg(unix)]
#[test]
fn stdin_that_is_a_folder_is_an_error() {
    let (room, _) = quiet_room();
    let folder = File::open(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut talker = talker(&room);
    let output = finished(talker.stdin(folder).stdout(Stdio::null()).spawn().unwrap());
    assert!(output.1.starts_with("error: stdin, line 1: "), "{}", output.1);
    assert_eq!(output.0.code(), Some(1));
}

/// A stdout that nobody reads ends nothing: what is typed is said, the room hears goodbye, and the status tells.
#[test]
fn closed_stdout_is_no_panic() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    falls_silent(Visit::begin(writer));
}

/// The same where there is no room left on the disk.
#[cfg(target_os = "linux")]
#[test]
fn full_stdout_is_no_panic() {
    falls_silent(Visit::begin(File::options().write(true).open("/dev/full").unwrap()));
}

/// The usage counts as much as a visit.
#[test]
fn usage_that_nobody_reads_is_no_success() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut help = Command::new(env!("CARGO_BIN_EXE_talker"));
    let help = help.arg("--help").stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let (status, errors) = finished(help.spawn().unwrap());
    assert!(errors.starts_with("error: stdout fails ("), "{errors}");
    assert_eq!(status.code(), Some(1));
}

#[track_caller]
fn falls_silent(visit: Visit) {
    let ended = visit.ends(b"hello\n/sleep 0\nworld\n");
    assert_eq!(ended.said, ["hello", "world"]);
    assert_eq!(ended.leaving, Some(Leaving::Closed));
    assert!(ended.errors.starts_with("error: stdout fails ("), "{}", ended.errors);
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    assert_eq!(ended.status.code(), Some(1));
}

fn quiet_room() -> (Room, Receiver<Event>) {
    Room::open_watched(Rules { bots: false, ..Rules::default() }).unwrap()
}

fn talker(room: &Room) -> Command {
    let mut talker = Command::new(env!("CARGO_BIN_EXE_talker"));
    talker.args(["--server", &room.url()]).stderr(Stdio::piped());
    talker
}

/// A visit on pipes, in a room that is watched.
struct Visit {
    /// Open for as long as the visit lasts.
    _room: Room,
    /// What happens in it.
    events: Receiver<Event>,
    /// The client.
    talker: Child,
}

/// What is known of a visit in the end.
struct Ended {
    /// What the room heard.
    said: Vec<String>,
    /// How the room saw the client leave.
    leaving: Option<Leaving>,
    /// All of stderr.
    errors: String,
    /// The exit status.
    status: ExitStatus,
}

impl Visit {
    fn begin(stdout: impl Into<Stdio>) -> Visit {
        let (room, events) = quiet_room();
        let talker = talker(&room).stdin(Stdio::piped()).stdout(stdout).spawn().unwrap();
        Visit { _room: room, events, talker }
    }

    /// Types all of this, and waits for the end.
    fn ends(mut self, typed: &[u8]) -> Ended {
        self.talker.stdin.take().unwrap().write_all(typed).unwrap();
        let (mut said, mut leaving) = (Vec::new(), None);
        while leaving.is_none() {
            match self.events.recv_timeout(PATIENCE).expect("the client leaves") {
                Event::Said(_, line) => said.push(line),
                Event::Left(_, _, how) => leaving = Some(how),
                _ => {}
            }
        }
        let (status, errors) = finished(self.talker);
        Ended { said, leaving, errors, status }
    }
}

/// Waits for the end of the process, and for all that it says on stderr; ends it when that takes too long.
fn finished(mut process: Child) -> (ExitStatus, String) {
    let mut stderr = process.stderr.take().unwrap();
    let (told, errors) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text).and_then(|_| told.send(text).map_err(io::Error::other));
    });
    let errors = errors.recv_timeout(PATIENCE).inspect_err(|_| process.kill().unwrap());
    (process.wait().unwrap(), errors.expect("an end of stderr, within 20 s"))
}
