//! A subject that never ends is ended: within its bound, with everything that it started, and with a sentence.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Fixture;
use crate::printed::Printed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often a process, or a file that it writes, is looked for.
const TICK: Duration = Duration::from_millis(5);

/// Checks that never end, each in its own way; the first also starts processes in its group and out of it.
const HANGING: &str = r#"//! Checks.
use std::process::Command;
#[test]
fn loops_forever() {
    let near = Command::new("sleep").arg("1000").spawn().unwrap().id();
    let far = Command::new("setsid").args(["sleep", "1000"]).spawn().map_or(near, |child| child.id());
    let own = std::process::id();
    let file = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("pids");
    std::fs::write(file.with_extension("new"), format!("{own} {near} {far}")).unwrap();
    std::fs::rename(file.with_extension("new"), file).unwrap();
    eprintln!("the prompt is shown");
    loop { std::hint::spin_loop() }
}
#[test]
fn reads_forever() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let _ = listener.accept();
}
#[test]
fn deadlocks() {
    let lock = std::sync::Mutex::new(());
    let _first = lock.lock();
    let _second = lock.lock();
}
#[test]
fn shouts_forever() { loop { println!("more and more") } }
"#;

fn hanging(bound: &str) -> Fixture {
    let fixture = Fixture::new();
    let table = fixture.read("course/lessons.toml").replace("bound = 90", bound);
    fixture.write("course/lessons.toml", &table);
    fixture.write("lessons/01-first-step/tests/checks/main.rs", HANGING);
    fixture
}

/// The processes that the first check noted.
fn noted(fixture: &Fixture) -> Vec<i32> {
    let text = fixture.read("lessons/01-first-step/pids");
    text.split(' ').map(|pid| pid.parse().unwrap()).collect()
}

/// Neither running nor waiting to be reaped by us.
fn is_gone(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    match stat {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) if Path::new("/proc/self/stat").exists() => true,
        Err(_) => kill(Pid::from_raw(pid), None).is_err(),
    }
}

/// A kill takes effect a moment later.
#[track_caller]
pub fn all_gone(pids: &[i32]) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !pids.iter().all(|pid| is_gone(*pid)) {
        assert!(Instant::now() < deadline, "left behind: {pids:?}");
        std::thread::park_timeout(TICK);
    }
}

/// Endless loops, reads, deadlocks and writers end at the bound of the lesson, and the first is explained.
#[test]
fn hanging_checks_are_ended() {
    let fixture = hanging("bound = 1");
    let ran = fixture.course(&["check", "01"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = "the check loops_forever did not end within 1 s; the last thing it said was \
                    \"the prompt is shown\"; most likely the subject loops or blocks";
    assert!(flat.contains(sentence), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("HANG").count(), 4, "{}", ran.stdout);
    assert!(ran.stdout.ends_with("next: cargo course hint 01\n"), "{}", ran.stdout);
    all_gone(&noted(&fixture));
}

/// Ctrl-C ends the checks and all that they started.
#[test]
fn interrupt_leaves_no_process() {
    let fixture = hanging("bound = 90");
    let mut child = fixture.command(&["check", "01"]).stdout(Stdio::null()).spawn().unwrap();
    let pids = fixture.root().join("lessons/01-first-step/pids");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !pids.exists() {
        assert!(Instant::now() < deadline, "the check did not start");
        std::thread::park_timeout(TICK);
    }
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
    all_gone(&noted(&fixture));
}

/// What `nohup` ignores ends no check, and what `&` ignores neither; both still end the processes of a check.
#[test]
fn ignored_signals_stop_nothing() {
    let fixture = Fixture::new();
    fixture.write("lessons/01-first-step/tests/checks/main.rs", WAITING);
    let mut child = deaf(&fixture.command(&["check", "01"])).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    let begun = fixture.root().join("lessons/01-first-step/begun");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !begun.exists() {
        assert!(Instant::now() < deadline, "the check did not start");
        std::thread::park_timeout(TICK);
    }
    signal(&child, Signal::SIGHUP);
    interrupt(&child);
    fixture.write("lessons/01-first-step/go", "");
    lines.sees("Lesson 01 is solved");
    assert_eq!(ended(&mut child), Some(0));
}

/// A check that a signal must end, and that ends when a file is there.
const WAITING: &str = r#"//! Checks.
use std::{os::unix::process::ExitStatusExt, path::Path, process::Command, thread, time::Duration};
#[test]
fn waits() {
    let ended = Command::new("sh").args(["-c", "kill -HUP $$"]).status().unwrap();
    assert_eq!(ended.signal(), Some(1));
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    std::fs::write(Path::new(&folder).join("begun"), "").unwrap();
    while !Path::new(&folder).join("go").exists() { thread::sleep(Duration::from_millis(5)) }
}
"#;

/// The same command in a process that ignores hang-ups, Ctrl-C and, where the shell can, ended children.
fn deaf(command: &Command) -> Command {
    let mut deaf = Command::new("sh");
    deaf.args(["-c", r#"trap "" HUP INT CHLD; exec "$0" "$@""#]);
    deaf.arg(command.get_program()).args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    deaf.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    deaf.env_remove("CARGO_TARGET_DIR");
    deaf
}

pub fn interrupt(child: &Child) {
    signal(child, Signal::SIGINT);
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
}

/// The status of a child that ends soon.
fn ended(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::park_timeout(TICK);
    }
    child.kill().unwrap();
    panic!("the tool did not end");
}

/// A save starts the checks, one during a run starts them again, and Ctrl-C ends them.
#[test]
fn watch_follows_each_save() {
    let fixture = Fixture::new();
    let mut child = fixture.command(&["watch", "01"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    lines.sees("instead:  the answer was 41");
    lines.sees("waiting for the next save");
    fixture.answer(42);
    lines.sees("Lesson 01 is solved");
    lines.sees("waiting for the next save");
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
    save_during_a_run(&fixture);
}

fn save_during_a_run(fixture: &Fixture) {
    fixture.write("lessons/01-first-step/tests/checks/main.rs", HANGING);
    let mut child = fixture.command(&["watch", "01"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    let pids = fixture.root().join("lessons/01-first-step/pids");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !pids.exists() {
        assert!(Instant::now() < deadline, "the check did not start");
        std::thread::park_timeout(TICK);
    }
    fixture.write("lessons/01-first-step/tests/checks/main.rs", crate::common::CHECKS);
    lines.sees("Lesson 01 is solved");
    all_gone(&noted(fixture));
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
}

/// With `--advance` a solved lesson leads to the next, and only then.
#[test]
fn watch_advances_when_told() {
    let fixture = Fixture::new();
    fixture.answer(42);
    let mut child = fixture.command(&["watch", "01", "--advance"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    lines.sees("Lesson 01 is solved");
    lines.sees("Lesson 02, The second step: 1 of 3 checks pass");
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
}

/// The room says where it is and who comes, and closes at Ctrl-C.
#[test]
fn room_is_open_until_interrupted() {
    let fixture = Fixture::new();
    let mut child =
        fixture.command(&["room", "--port", "0", "--strict"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    lines.sees("The room is open at ws://127.0.0.1:");
    lines.sees("cargo run -p lesson-03 -- --server ws://127.0.0.1:");
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(0));
}

/// Alone, the tool serves the book, says the next step, and ends at Ctrl-C; meanwhile a failure links to the book.
#[test]
fn book_is_open_until_interrupted() {
    let fixture = Fixture::new();
    fixture.write("book/book.toml", "[book]\ntitle = \"B\"\n[build]\nuse-default-preprocessors = false\n");
    fixture.write("book/src/en/SUMMARY.md", "# Summary\n\n- [First](01-first-step.md)\n");
    let mut child = fixture.command(&["--no-open", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    lines.sees("The book is open at http://127.0.0.1:");
    lines.sees("lesson 01, The first step");
    lines.sees("cargo course check 01");
    let ran = fixture.course(&["check", "01"]);
    assert!(
        ran.stdout.contains("read:     http://127.0.0.1:")
            && ran.stdout.contains("/01-first-step.html#count")
    );
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(0));
    assert!(!fixture.root().join(".course/book-url").exists());
}

/// A save by renaming is one, whatever the editor leaves beside the file meanwhile.
#[test]
fn watch_hears_renames() {
    let fixture = Fixture::new();
    let mut child = fixture.command(&["watch", "01"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = Printed::by(&mut child);
    lines.sees("waiting for the next save");
    let source = fixture.root().join("lessons/01-first-step/src");
    std::os::unix::fs::symlink("reader@machine.1234:5678", source.join(".#lib.rs")).unwrap();
    fixture.write("lessons/01-first-step/src/4913", "");
    fixture.write("lessons/01-first-step/src/lib.rs___jb_tmp___", &crate::common::library_text(42));
    std::fs::rename(source.join("lib.rs"), source.join("lib.rs~")).unwrap();
    std::fs::rename(source.join("lib.rs___jb_tmp___"), source.join("lib.rs")).unwrap();
    lines.sees("Lesson 01 is solved");
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
}
