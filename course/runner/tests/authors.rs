//! `verify` catches what authors get wrong, and `record` what no program prints.

mod common;

use common::{Fixture, library_text};

/// A fixture that keeps its promises.
fn kept() -> Fixture {
    let fixture = Fixture::new();
    for (name, answer) in [("too-few", 41), ("too-many", 43), ("far-off", 7)] {
        let header = format!(
            "//! WRONG: it gives {answer}.\n//! rejected-by: second_check\n//! sentence: the answer was {answer}\n"
        );
        let text = header + &library_text(answer);
        fixture.write(&format!("course/answers/01-first-step/wrong/{name}.rs"), &text);
    }
    let right = "//! RIGHT: it adds.\n/// The answer.\npub fn answer() -> u32 { 40 + 2 }\n";
    fixture.write("course/answers/01-first-step/right/adds.rs", right);
    fixture.commit();
    fixture
}

const VERIFY: [&str; 2] = ["verify", "01"];

/// Starter, solution, answers and hints are all as they should be; a reader's work does not matter.
#[test]
fn kept_promises_are_verified() {
    let fixture = kept();
    fixture.answer(42);
    let ran = fixture.course(&VERIFY);
    ran.says(&[
        "starter 01",
        "rejected by second_check",
        "solution 01",
        "right 01 adds",
        "7 verified: all are",
    ]);
}

/// In the working copy the reader's work is the starter.
#[test]
fn solved_starter_is_caught() {
    let fixture = kept();
    fixture.answer(42);
    let ran = fixture.course(&["verify", "01", "--starters", "--work-tree"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("passes second_check, which must reject it"), "{ran:?}");
}

/// A starter that fails for another reason than its page says is caught.
#[test]
fn other_reason_is_caught() {
    let fixture = kept();
    fixture.answer(40);
    let ran = fixture.course(&["verify", "01", "--starters", "--work-tree"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("but without \"the answer was 41\""), "{ran:?}");
}

/// A page that does not show the sentence is caught.
#[test]
fn silent_page_is_caught() {
    let fixture = kept();
    fixture.write("book/src/en/01-first-step.md", "# First\n");
    let ran = fixture.course(&["verify", "01", "--starters"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("does not show \"the answer was 41\""), "{ran:?}");
}

/// Wrong answers that pass, right ones that fail, and ones that do not compile are caught, each by name.
#[test]
fn misjudged_answers_are_caught() {
    let fixture = kept();
    let header = "//! WRONG: not at all.\n//! rejected-by: second_check\n//! sentence: x\n";
    let answers = "course/answers/01-first-step";
    fixture.write(&format!("{answers}/wrong/not-wrong.rs"), &format!("{header}{}", library_text(42)));
    fixture.write(
        &format!("{answers}/right/not-right.rs"),
        "//! RIGHT: no.\n/// A.\npub fn answer() -> u32 { 1 }\n",
    );
    fixture.write(&format!("{answers}/right/not-rust.rs"), "//! RIGHT: no.\npub fn answer() -> { 1 }\n");
    let ran = fixture.course(&["verify", "01", "--answers"]);
    assert_eq!(ran.status, 1);
    for part in [
        "not-wrong passes second_check, which must reject it",
        "not-right must pass, but second_check says",
        "not-rust does not compile: error",
    ] {
        let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "`{part}` is missing: {}", ran.stdout);
    }
    assert_eq!(ran.stdout.matches("ok  ").count(), 4, "the others are judged all the same: {}", ran.stdout);
}

/// Too few answers, missing hints and a broken solution are caught.
#[test]
fn missing_pieces_are_caught() {
    let fixture = kept();
    std::fs::remove_file(fixture.root().join("course/answers/01-first-step/wrong/far-off.rs")).unwrap();
    std::fs::remove_file(fixture.root().join("course/hints/01-first-step.md")).unwrap();
    fixture.write("solutions/01-first-step/src/lib.rs", &library_text(44));
    let ran = fixture.course(&VERIFY);
    assert_eq!(ran.status, 1);
    for part in [
        "2 wrong and 1 right answers: too few",
        "hints/01-first-step.md` cannot be read",
        "the answer was 44",
    ] {
        assert!(ran.stdout.contains(part), "`{part}` is missing: {}", ran.stdout);
    }
}

/// Solutions can be checked many times in a row, under load.
#[test]
fn solutions_run_many_times() {
    let fixture = kept();
    let ran = fixture.course(&["verify", "01", "--solutions", "--times", "3", "--load"]);
    ran.says(&["solution 01, turn 1 of 3", "solution 01, turn 3 of 3", "3 verified"]);
}

/// A program that asks once, and writes its trace.
#[cfg(unix)]
const ASKING: &str = r#"//! Runs.
use std::io::Write;
fn main() {
    print!("> ");
    std::io::stdout().flush().unwrap();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("you said {} after {} ms", line.trim(), std::process::id());
    let args: Vec<_> = std::env::args().collect();
    let program = std::path::Path::new(&args[0]).file_stem().unwrap().to_str().unwrap();
    std::fs::write(args.last().unwrap(), program).unwrap();
    std::process::exit(3);
}
"#;

/// Recording writes transcripts and traces; comparing finds what changed, and not what always differs.
#[cfg(unix)]
#[test]
fn recorded_runs_are_compared() {
    let fixture = kept();
    let demo = "\n[lesson.demo]\nargs = [\"--strict\"]\n\
                script = [\"wait: > \", \"pause: 0.05\", \"type: hello\", \"expect-exit: 3\"]\n";
    let table = fixture
        .read("course/lessons.toml")
        .replace("\n[[lesson]]\nnumber = \"02\"", &format!("{demo}\n[[lesson]]\nnumber = \"02\""));
    fixture.write("course/lessons.toml", &table);
    fixture.write("lessons/01-first-step/src/main.rs", ASKING);
    fixture.write("solutions/01-first-step/src/main.rs", ASKING);
    let record = |args: &[&str]| fixture.course(&[&["record", "01", "--work-tree"], args].concat());
    record(&[]).says(&["01 frozen", "01 thawed"]);
    let frozen = fixture.read("book/transcripts/01-frozen.txt");
    assert!(
        frozen.starts_with("$ cargo run -p lesson-01 -- --strict\n> hello\nyou said hello after "),
        "{frozen}"
    );
    assert_eq!(fixture.read("book/traces/01-frozen.json"), "lesson-01");
    assert_eq!(fixture.read("book/traces/01-thawed.json"), "solution-01");
    record(&["--check"]).says(&["01-frozen.txt is what the program prints"]);
    fixture.write("book/transcripts/01-frozen.txt", &frozen.replace("you said", "you wrote"));
    let ran = record(&["--check"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("-you wrote hello after # ms\n+you said hello after # ms"), "{ran:?}");
}
