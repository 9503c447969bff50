//! Bad calls get one clear sentence, the next command to type, and a non-zero status.

use std::net::TcpListener;

use crate::common::{Fixture, run, tool};

/// A library that is not written yet.
pub const PANICS: &str = "//! Answers.\n/// The answer.\npub fn answer() -> u32 {\n    todo!()\n}\n";

/// A number that no lesson has names those that exist.
#[test]
fn unknown_number_names_the_lessons() {
    Fixture::new()
        .course(&["check", "99"])
        .complains(&["no lesson 99: the lessons are 01 to 02, and 03 is planned", "Try `cargo course list`"]);
}

/// A word that no lesson has does the same.
#[test]
fn unknown_word_names_the_lessons() {
    Fixture::new().course(&["check", "frozen"]).complains(&["no lesson frozen", "cargo course list"]);
}

/// A planned lesson says that it is planned.
#[test]
fn planned_lesson_says_so() {
    Fixture::new()
        .course(&["hint", "3"])
        .complains(&["lesson 03 (The third step) is planned", "cargo course list"]);
}

/// A benchmark that does not exist names those that do.
#[test]
fn unknown_benchmark_names_the_others() {
    Fixture::new().course(&["bench", "tea"]).complains(&[
        "no benchmark `tea`: they are pools, executors, processes, machines, faults, faults --machines",
        "Try `cargo course bench`",
    ]);
}

/// A flag that does not exist is named.
#[test]
fn broken_flag_is_named() {
    Fixture::new().course(&["check", "--loudly"]).complains(&["--loudly", "Try `cargo course --help`"]);
}

/// A port that is no number is named.
#[test]
fn broken_port_is_named() {
    Fixture::new().course(&["--port", "many"]).complains(&["many", "Try `cargo course --help`"]);
}

/// A patience that is no number is named, and what it may be.
#[test]
fn patience_that_is_no_number_is_named() {
    let fixture = Fixture::new();
    let mut command = tool(&fixture.root(), &["check", "01"]);
    command.env("COURSE_PATIENCE", "long");
    run(command).complains(&["COURSE_PATIENCE", "1 to 100", "`long`"]);
}

/// A flag of the book is not for the command behind it, and that is said.
#[test]
fn flag_before_a_command_is_refused() {
    let refused = |args: &[&str], flag: &str| {
        Fixture::new().course(args).complains(&[
            flag,
            "before `list` is for the book",
            "Try `cargo course --help`",
        ]);
    };
    refused(&["--poll", "list"], "--poll");
    refused(&["--port", "3000", "list"], "--port");
}

/// Elsewhere the tool says where it looked.
#[test]
fn folder_outside_the_course_is_named() {
    let folder = tempfile::tempdir().unwrap();
    run(tool(folder.path(), &["list"])).complains(&["is not inside the course", "`cargo course`"]);
}

/// A table that cannot be read as one is named, with the way to see why.
#[test]
fn broken_table_is_named() {
    let fixture = Fixture::new();
    fixture.write("course/lessons.toml", "lesson = 3");
    let ran = fixture.course(&["list"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("lessons.toml` is not a table of lessons"), "{ran:?}");
}

/// The book and the room name a port in use, and another one.
#[test]
fn port_in_use_is_named() {
    let fixture = Fixture::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = fixture.course(&["--no-open", "--port", &port]);
    ran.complains(&[&port, "cargo course --port"]);
    fixture.course(&["room", "--port", &port]).complains(&[&port, "cargo course room --port"]);
}

/// A kept starter that is gone is named, and nothing is touched.
#[test]
fn missing_starter_is_named() {
    let fixture = Fixture::new();
    fixture.answer(7);
    std::fs::remove_dir_all(fixture.root().join("course/starters/01-first-step")).unwrap();
    fixture
        .course(&["reset", "01", "--yes"])
        .complains(&["course/starters/01-first-step/src", "Try `git status course/starters"]);
    assert!(fixture.read("lessons/01-first-step/src/lib.rs").contains('7'));
}

/// A lesson that does not compile shows what cargo prints, one sentence, and the next command.
#[test]
fn compile_error_is_shown() {
    let fixture = Fixture::new();
    fixture.write("lessons/01-first-step/src/lib.rs", "//! No.\npub fn answer() -> u32 { \"x\" }\n");
    let ran = fixture.course(&["check", "01"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("error[E0308]: mismatched types"), "{ran:?}");
    let place = "Lesson 01 does not compile yet: mend the first error above, at lessons/01-first-step/src/lib.rs:2.\n";
    assert!(ran.stderr.contains(place), "{ran:?}");
    assert!(ran.stderr.trim_end().ends_with("next: cargo course check 01"), "{ran:?}");
}

/// A lesson that panics is shown with its line, as text where nobody can follow a link.
#[test]
fn panicking_line_is_named() {
    let fixture = Fixture::new();
    fixture.write("lessons/01-first-step/src/lib.rs", PANICS);
    let mut command = fixture.command(&["check", "01"]);
    command.envs([("FORCE_HYPERLINK", "1"), ("RUST_BACKTRACE", "1")]);
    let ran = run(command);
    assert!(!ran.stdout.contains("stack backtrace"), "{ran:?}");
    assert!(ran.stdout.contains("\n  at:       lessons/01-first-step/src/lib.rs:4\n"), "{ran:?}");
    assert!(ran.stdout.contains("read: ") && !ran.stdout.contains('\x1b'), "{ran:?}");
}

/// Where cargo fails, and no line of the lesson does, nothing is said against the lesson.
#[test]
fn failing_cargo_is_told_from_the_lesson() {
    let fixture = Fixture::new();
    fixture.write("built", "a file, where cargo wants a folder");
    let ran = fixture.course(&["check", "01"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("Cargo could not build lesson 01"), "{ran:?}");
    assert!(
        ran.stderr.contains("error: failed to create") && !ran.stderr.contains("does not compile"),
        "{ran:?}"
    );
}

/// A terminal is needed to answer; without one nothing changes.
#[test]
fn reset_asks_first() {
    let fixture = Fixture::new();
    fixture.commit();
    fixture.answer(7);
    fixture.course(&["reset", "01"]).complains(&["nobody can answer here", "cargo course reset 01 --yes"]);
    assert!(fixture.read("lessons/01-first-step/src/lib.rs").contains('7'));
}

/// Hints that are not there are named.
#[test]
fn missing_hints_are_named() {
    let fixture = Fixture::new();
    std::fs::remove_file(fixture.root().join("course/hints/01-first-step.md")).unwrap();
    fixture.course(&["hint", "01"]).complains(&["course/hints/01-first-step.md", "Try `git status"]);
}

/// What a check could not look at is told by the list, until the check has looked; elsewhere the list says nothing of it.
#[test]
fn what_is_passed_over_is_listed() {
    let fixture = Fixture::new();
    let checks = |says: &str| format!("//! Looks.\n\n#[test]\nfn looks() {{\n    {says}\n}}\n");
    let listed = |says: &str| {
        fixture.write("lessons/01-first-step/tests/checks/main.rs", &checks(says));
        let ran = fixture.course(&["check", "01"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        fixture.course(&["list"]).stdout
    };
    let told = listed("eprintln!(\"passed over: this system has no clock\");");
    assert!(
        told.contains(
            "Not looked at on this system, when the checks ran last:\n  01 looks: this system has no clock"
        ),
        "{told}"
    );
    let told = listed("");
    assert!(!told.contains("Not looked at"), "{told}");
}
