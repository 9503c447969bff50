//! What a reader does: check, hint, diff, reset, list.

mod common;

use common::Fixture;

/// An unsolved lesson shows its first failure in the order of the page, on one screen, with the next command.
#[test]
fn first_failure_fills_one_screen() {
    let fixture = Fixture::new();
    let ran = fixture.course(&["check"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let expected = [
        "1 of 3 checks pass",
        "\nsecond_check\n  expected: the answer is 42\n  instead:  the answer was 41\n  likely:   you counted wrongly\n",
        "  read:     book/src/en/01-first-step.md#count\n",
        "\nnext: cargo course hint 01\n",
    ];
    for part in expected {
        assert!(ran.stdout.contains(part), "`{part}` is missing: {}", ran.stdout);
    }
    let order = ["zeroth_check", "second_check", "another_check"].map(|name| ran.stdout.find(name).unwrap());
    assert!(order.is_sorted(), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() <= 24 && ran.stdout.lines().all(|line| line.chars().count() <= 80));
}

/// A solved lesson is remembered, and names the diff and the next lesson.
#[test]
fn solved_lesson_names_the_next() {
    let fixture = Fixture::new();
    fixture.answer(42);
    let solved = ["Lesson 01 is solved", "cargo course diff 01", "cargo run -p lesson-02"];
    fixture.course(&["check", "first-step"]).says(&solved);
    assert!(fixture.read(".course/progress.toml").contains("first-step"));
    fixture.course(&["list"]).says(&[
        "01  solved ",
        "02  next ",
        "03  planned ",
        "Next: lesson 02, The second step.\n  cargo run -p lesson-02\n  cargo course check 02\n",
    ]);
    let ran = fixture.course(&["check"]);
    assert!(ran.stdout.contains("Lesson 02"), "the next lesson is checked: {ran:?}");
}

/// Every name that a reader may type names the lesson.
#[test]
fn lessons_have_four_names() {
    let fixture = Fixture::new();
    for name in ["1", "01", "first-step", "01-first-step", "lesson-01", "lessons/01-first-step/"] {
        fixture.course(&["hint", name, "--again"]).says(&["Lesson 01, hint 1 of 3"]);
    }
}

/// The tool works from any folder of the course.
#[test]
fn tool_works_below_the_root() {
    let fixture = Fixture::new();
    let ran = common::run(common::tool(&fixture.root().join("lessons/01-first-step/src"), &["list"]));
    ran.says(&["01  next"]);
}

/// Names that no lesson has, and keys that nobody knows, do no harm.
#[test]
fn unknown_progress_is_ignored() {
    let fixture = Fixture::new();
    let kept = "solved = [\"first-step\", \"of-another-branch\"]\nmood = \"good\"\n[hints]\ngone = 2\n";
    fixture.write(".course/progress.toml", kept);
    fixture.course(&["list"]).says(&["01  solved", "02  next"]);
    fixture.course(&["hint", "02"]).says(&["hint 1 of 3"]);
    assert!(fixture.read(".course/progress.toml").contains("of-another-branch"));
}

/// A file that is no progress is put aside, and said to be.
#[test]
fn broken_progress_is_put_aside() {
    let fixture = Fixture::new();
    fixture.write(".course/progress.toml", "solved = 7 = 8");
    let ran = fixture.course(&["list"]);
    ran.says(&["01  next"]);
    assert!(ran.stderr.contains("progress.toml"), "{ran:?}");
    assert_eq!(fixture.read(".course/progress.broken"), "solved = 7 = 8");
}

/// Each call gives the next tier; the last one leads to the diff.
#[test]
fn hints_come_in_three_tiers() {
    let fixture = Fixture::new();
    fixture.course(&["hint", "01"]).says(&["hint 1 of 3\n\nOne.", "next: cargo course check 01", "hint 01"]);
    fixture.course(&["hint", "01"]).says(&["hint 2 of 3\n\nTwo."]);
    fixture.course(&["hint", "01", "--again"]).says(&["hint 2 of 3\n\nTwo."]);
    fixture.course(&["hint", "01"]).says(&["hint 3 of 3\n\nThree.", "cargo course diff 01"]);
    fixture.course(&["hint", "01"]).says(&["All 3 hints of lesson 01 were shown"]);
    fixture.course(&["hint", "01", "--all"]).says(&["One.", "Two.", "Three."]);
}

/// The diff has the lesson's names on both sides, and no color codes in a pipe.
#[test]
fn diff_shows_what_differs() {
    let fixture = Fixture::new();
    let anchored = common::library_text(42)
        .replace("    42", "    // ANCHOR: answer\n    42\n    // ANCHOR_END: answer");
    fixture.write("solutions/01-first-step/src/lib.rs", &anchored);
    let ran = fixture.course(&["diff", "01"]);
    ran.says(&["--- lessons/01-first-step/src/lib.rs", "-    41\n+    42\n"]);
    assert!(!ran.stdout.contains("solution_01") && !ran.stdout.contains('\x1b'), "{ran:?}");
    assert!(!ran.stdout.contains("main.rs"), "only the library's name differs there: {ran:?}");
    fixture.answer(42);
    fixture.course(&["diff", "01"]).says(&["Your lesson 01 equals the solution."]);
}

/// Reset restores the starter, keeps every version of the work, and forgets the progress.
#[test]
fn reset_keeps_the_work() {
    let fixture = Fixture::new();
    fixture.commit();
    fixture.course(&["reset", "01", "--yes"]).says(&["nothing to reset"]);
    for (turn, answer) in [(1, 42), (2, 43)] {
        fixture.answer(answer);
        fixture.write("lessons/01-first-step/src/extra.rs", "//! Mine.\n");
        fixture.write(".course/progress.toml", "solved = [\"first-step\"]");
        let kept = format!(".course/kept/01-first-step-{turn}");
        fixture.course(&["reset", "01", "--yes"]).says(&[
            "is its starter again",
            &kept,
            "cargo run -p lesson-01",
        ]);
        assert_eq!(fixture.read("lessons/01-first-step/src/lib.rs"), common::library_text(41));
        assert!(!fixture.root().join("lessons/01-first-step/src/extra.rs").exists());
        assert_eq!(fixture.read(&format!("{kept}/src/lib.rs")), common::library_text(answer));
        assert_eq!(fixture.read(&format!("{kept}/src/extra.rs")), "//! Mine.\n");
        assert!(!fixture.read(".course/progress.toml").contains("first-step"));
    }
}

/// All lessons at once: each answer is kept, and so is the progress, which begins anew.
#[test]
fn reset_of_all_keeps_all() {
    let fixture = Fixture::new();
    fixture.course(&["reset", "--all"]).says(&["nothing to reset"]);
    fixture.answer(42);
    fixture.write("lessons/02-second-step/src/lib.rs", &common::library_text(43));
    fixture.write(".course/progress.toml", "solved = [\"first-step\", \"of-another-branch\"]\n");
    let asks = "nobody can answer here. Try `cargo course reset --all --yes`";
    fixture.course(&["reset", "--all"]).complains(&[asks]);
    fixture.course(&["reset"]).complains(&["LESSON", "Try `cargo course --help`"]);
    fixture.course(&["reset", "01", "--all"]).complains(&["cannot be used with"]);
    assert_eq!(fixture.read("lessons/01-first-step/src/lib.rs"), common::library_text(42));
    fixture.course(&["reset", "--all", "--yes"]).says(&[
        "Your progress is in .course/kept/progress-1.toml.",
        "Lesson 01 is its starter again; your work is in .course/kept/01-first-step-1.",
        "Lesson 02 is its starter again; your work is in .course/kept/02-second-step-1.",
    ]);
    for (lesson, answer) in [("01-first-step", 42), ("02-second-step", 43)] {
        assert_eq!(fixture.read(&format!("lessons/{lesson}/src/lib.rs")), common::library_text(41));
        let kept = fixture.read(&format!(".course/kept/{lesson}-1/src/lib.rs"));
        assert_eq!(kept, common::library_text(answer));
    }
    fixture.course(&["list"]).says(&["01  next"]);
    fixture
        .course(&["progress", "--import", ".course/kept/progress-1.toml"])
        .says(&["Now: 2 solved lessons"]);
    fixture.course(&["list"]).says(&["01  solved"]);
}

/// A reader who commits an answer in a clone still gets the starter back.
#[test]
fn reset_knows_committed_answers() {
    let fixture = Fixture::new();
    fixture.commit();
    // What a clone has: a name for where it came from.
    fixture.git(&["update-ref", "refs/remotes/origin/HEAD", "HEAD"]);
    fixture.answer(42);
    fixture.commit();
    fixture.course(&["reset", "01", "--yes"]).says(&["is its starter again"]);
    assert_eq!(fixture.read("lessons/01-first-step/src/lib.rs"), common::library_text(41));
}

/// Whatever the account has set for git, a test works in its own repository, and commits without its ways.
#[cfg(unix)]
#[test]
fn accounts_git_is_left_alone() {
    use std::{env, fs, os::unix::fs::PermissionsExt, process::Command};

    if !common::has_git() {
        return;
    }
    let (theirs, account) = (Fixture::new(), Fixture::new());
    theirs.commit();
    let [hooks, hook] = ["git/hooks", "git/hooks/pre-commit"].map(|below| account.root().join(below));
    account.write("git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    account.write("git/config", &OPINIONS.replace("HOOKS", hooks.to_str().unwrap()));
    account.write("git/attributes", "* text eol=crlf\n");
    account.write("git/ignore", "*.rs\n");
    let commits = || theirs.read(".git/logs/HEAD");
    let before = commits();
    for test in ["reset_keeps_the_work", "reset_knows_committed_answers"] {
        let mut again = Command::new(env::current_exe().unwrap());
        again.args(["--exact", test]).env("XDG_CONFIG_HOME", account.root()).env("HOME", account.root());
        again.env("GIT_DIR", theirs.root().join(".git")).env("GIT_WORK_TREE", theirs.root());
        again.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "core.bare");
        again.env("GIT_CONFIG_VALUE_0", "true");
        let ran = common::run(again);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.stdout.contains("1 passed"), "{ran:?}");
        assert_eq!(commits(), before, "a commit in a repository that is not the test's");
    }
}

/// What an account may have set: each line turned a test red.
#[cfg(unix)]
const OPINIONS: &str = "
[commit]
gpgsign = true
[gpg]
program = false
[core]
hooksPath = HOOKS
autocrlf = true
";
