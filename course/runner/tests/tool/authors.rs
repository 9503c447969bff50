//! `verify` catches what authors get wrong, and `record` what no program prints.

use course::git;

use crate::common::{Fixture, has_git, library_text};

/// Where the answers of the first lesson are kept.
const ANSWERS: &str = "course/answers/01-first-step";

/// What makes an answer that gives this of the solution.
fn gives(answer: u32) -> String {
    format!(
        "\n--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -3,3 +3,3 @@\n pub fn answer() -> u32 {{\n-    42\n+    {answer}\n }}\n"
    )
}

/// A fixture that keeps its promises.
fn kept() -> Fixture {
    let fixture = Fixture::new();
    for (name, answer) in [("too-few", 41), ("too-many", 43), ("far-off", 7)] {
        let header = format!(
            "WRONG: it gives {answer}.\nrejected-by: second_check\nsentence: the answer was {answer}\n"
        );
        fixture.write(&format!("{ANSWERS}/wrong/{name}.patch"), &(header + &gives(answer)));
    }
    let right = "//! RIGHT: it adds.\n/// The answer.\npub fn answer() -> u32 { 40 + 2 }\n";
    fixture.write(&format!("{ANSWERS}/right/adds.rs"), right);
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
    fixture.write(&format!("{ANSWERS}/wrong/not-wrong.rs"), &format!("{header}{}", library_text(42)));
    fixture.write(
        &format!("{ANSWERS}/right/not-right.rs"),
        "//! RIGHT: no.\n/// A.\npub fn answer() -> u32 { 1 }\n",
    );
    fixture.write(&format!("{ANSWERS}/right/not-rust.rs"), "//! RIGHT: no.\npub fn answer() -> { 1 }\n");
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

/// A change of another line touches no answer; one of the same line names the hunk, and what to do.
#[test]
fn stale_answers_name_their_hunk() {
    let fixture = kept();
    let solution = "solutions/01-first-step/src/lib.rs";
    fixture.write(solution, &library_text(42).replace("/// The answer.", "/// The one answer."));
    fixture.course(&["verify", "01", "--answers"]).says(&["4 verified"]);
    fixture.write(solution, &library_text(42).replace("    42", "    // It is known.\n    40 + 2"));
    let ran = fixture.course(&["verify", "01", "--answers"]);
    assert_eq!(ran.status, 1);
    for part in ["hunk 1 of lib.rs fits no more", "Try `cargo course answer 01 wrong/far-off`", "-    42"] {
        assert!(ran.stdout.contains(part), "`{part}` is missing: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("1 are as they should be, 3 are not"), "whole files stand: {}", ran.stdout);
}

/// An answer is laid out, edited and saved; what fits no more is carried over by hand, and nothing is lost.
#[test]
fn answers_are_laid_out_and_saved() {
    let fixture = kept();
    let desk = ".course/answers/01-first-step/wrong/far-off";
    let answer = |args: &[&str]| fixture.course(&[&["answer", "1"], args].concat());
    answer(&[]).says(&["wrong/far-off", "it gives 7.", "right/adds", "it adds."]);
    answer(&["wrong/far-off"]).says(&[desk, "--save"]);
    answer(&["wrong/far-off"]).complains(&["is laid out already", desk]);
    let laid_out = fixture.read(&format!("{desk}/src/lib.rs"));
    assert_eq!(laid_out, library_text(7));
    fixture.write(&format!("{desk}/src/lib.rs"), &laid_out.replace('7', "8"));
    answer(&["wrong/far-off", "--save"])
        .says(&["far-off.patch has 12 lines", "verify 01 --answer wrong/far-off"]);
    assert!(fixture.read(&format!("{ANSWERS}/wrong/far-off.patch")).ends_with("-    42\n+    8\n }\n"));
    assert!(!fixture.root().join(desk).exists());
    let ran = fixture.course(&["verify", "01", "--answer", "wrong/far-off"]);
    assert!(ran.stdout.contains("without \"the answer was 7\""), "only this one, with its own code: {ran:?}");

    fixture.write("solutions/01-first-step/src/lib.rs", &library_text(42).replace("42", "40 + 2"));
    answer(&["wrong/far-off"]).says(&["1 hunks fit no more", "rejected.patch"]);
    answer(&["wrong/far-off", "--save"]).complains(&["rejected.patch", "carry over"]);
    std::fs::remove_file(fixture.root().join(desk).join("rejected.patch")).unwrap();
    answer(&["wrong/far-off", "--save"]).complains(&["equals what it is made from"]);
}

/// A new answer begins with the solution and a header to be written; a whole one stays a whole file.
#[test]
fn new_answers_begin_with_the_solution() {
    let fixture = kept();
    let answer = |args: &[&str]| fixture.course(&[&["answer", "1"], args].concat());
    answer(&["wrong/negative", "--save"])
        .complains(&["nothing is laid out", "cargo course answer 01 wrong/negative"]);
    answer(&["wrong/negative"]).says(&["header.txt"]);
    let desk = ".course/answers/01-first-step/wrong/negative";
    fixture.write(&format!("{desk}/src/lib.rs"), &library_text(1));
    fixture.write(&format!("{desk}/header.txt"), "WRONG: x\nrejected-by: second_check\n");
    answer(&["wrong/negative", "--save"]).complains(&["header.txt", "sentence: …"]);
    let header = "WRONG: it gives 1.\nrejected-by: second_check\nsentence: the answer was 1\n";
    fixture.write(&format!("{desk}/header.txt"), header);
    answer(&["wrong/negative", "--save"]).says(&["negative.patch has 12 lines"]);
    fixture.course(&["verify", "01", "--answer", "wrong/negative"]).says(&["rejected by second_check"]);
    for name in ["sideways/x", "wrong", "wrong/../../x"] {
        answer(&[name]).complains(&["is no name of an answer", "cargo course answer 01"]);
    }
    answer(&["right/adds"]).says(&["right/adds"]);
    answer(&["right/adds", "--save"]).says(&["right/adds.rs has"]);
}

/// Too few answers, missing hints and a broken solution are caught.
#[test]
fn missing_pieces_are_caught() {
    let fixture = kept();
    std::fs::remove_file(fixture.root().join("course/answers/01-first-step/wrong/far-off.patch")).unwrap();
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
    let trace = format!(
        "{{\"thaw_trace\":1,\"program\":\"{program}\",\"args\":[],\"measured_on\":\"here\",\
         \"length_us\":9000000,\"lanes\":[],\"spans\":[],\"marks\":[]}}"
    );
    std::fs::write(args.last().unwrap(), trace).unwrap();
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
    assert!(fixture.read("book/traces/01-frozen.json").contains("\"lesson-01\""));
    assert!(fixture.read("book/traces/01-thawed.json").contains("\"solution-01\""));
    // What the terminal showed is kept beside it, keys and all.
    assert!(fixture.read("book/screens/01-frozen.json").contains("you said hello after "));
    record(&["--check"]).says(&["01-frozen.txt is what the program prints"]);
    fixture.write("book/transcripts/01-frozen.txt", &frozen.replace("you said", "you wrote"));
    let ran = record(&["--check"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("-you wrote hello after # ms\n+you said hello after # ms"), "{ran:?}");
}

/// What was tried is known by its content, whatever is committed; a version that git does not have is tried again.
#[test]
fn changed_sources_are_tried_again() {
    if !has_git() {
        return;
    }
    let fixture = kept();
    let library = "solutions/01-first-step/src/lib.rs";
    let changed = || fixture.course(&["mutants", "--changed", "--list"]).stdout;
    let all = fixture.course(&["mutants", "--list"]).stdout;
    assert!(all.lines().any(|line| line == library), "{all}");
    // What was never tried is as good as new.
    assert_eq!(changed(), all);
    let hashed = |path: &str| {
        let output =
            git::command(&fixture.root()).args(["hash-object", "--no-filters", path]).output().unwrap();
        format!("{}  {path}\n", String::from_utf8(output.stdout).unwrap().trim())
    };
    let tried: String = all.lines().map(hashed).collect();
    fixture.write("course/mutants/tried.txt", &tried);
    assert_eq!(changed(), "");
    fixture.course(&["mutants", "--changed"]).says(&["No solution has changed since"]);
    fixture.write(library, &(fixture.read(library) + "// One more line.\n"));
    assert_eq!(changed(), format!("{library}\n"));
}

/// A list that cannot be read is named.
#[test]
fn broken_list_of_mutants_is_named() {
    if !has_git() {
        return;
    }
    let fixture = kept();
    fixture.write("course/mutants/01-first-step.toml", "[[equal]]\nmutants = []\n");
    let ran = fixture.course(&["mutants", "01"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("01-first-step.toml") && ran.stderr.contains("missing field `why`"),
        "{ran:?}"
    );
}
