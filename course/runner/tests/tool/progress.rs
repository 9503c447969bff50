//! Progress that cannot be read is put aside with a word; one that cannot be written takes nothing from the verdict.
//! What goes from one clone to another is added, and forgets nothing.

use std::fs;

use course::progress::Progress;
use course::table::Table;
use course::workspace::Workspace;

use crate::common::Fixture;

/// UTF-16, as PowerShell's `>` writes it, bytes of another encoding, and a folder: each is put aside, under a name that
/// is free.
#[test]
fn unreadable_progress_is_put_aside() {
    let fixture = Fixture::new();
    let state = fixture.root().join(".course");
    fs::create_dir_all(&state).unwrap();
    let text = "solved = [\"first-step\"]\n";
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let turns = [(utf16, "progress.broken", "UTF-16"), (vec![b'#', 0xe9], "progress.broken-2", "not UTF-8")];
    for (bytes, beside, word) in turns {
        fs::write(state.join("progress.toml"), &bytes).unwrap();
        let ran = fixture.course(&["hint", "01"]);
        ran.says(&["Lesson 01, hint"]);
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        assert!(ran.stderr.contains(word) && ran.stderr.contains(beside), "{ran:?}");
        assert_eq!(fs::read(state.join(beside)).unwrap(), bytes);
        fs::remove_file(state.join("progress.toml")).unwrap();
    }
    fs::create_dir(state.join("progress.toml")).unwrap();
    let ran = fixture.course(&["list"]);
    ran.says(&["01  next"]);
    assert!(ran.stderr.contains("progress.broken-3"), "{ran:?}");
}

/// An editor's byte order mark is no reason to forget anything.
#[test]
fn marked_progress_is_read() {
    let fixture = Fixture::new();
    fixture.write(".course/progress.toml", "\u{feff}solved = [\"first-step\"]\r\n");
    let ran = fixture.course(&["list"]);
    ran.says(&["01  solved"]);
    assert_eq!(ran.stderr, "");
}

/// The verdict, the hint and the starter come first, then one sentence, and the status is theirs.
#[test]
fn unwritable_progress_takes_no_verdict() {
    let fixture = Fixture::new();
    fixture.answer(42);
    // Nothing can be written below a file, whoever runs this.
    fixture.write(".course", "a file");
    for (args, words) in [(["check", "01"], "Lesson 01 is solved"), (["hint", "01"], "hint 1 of 3")] {
        let ran = fixture.course(&args);
        ran.says(&[words]);
        let told: Vec<_> = ran.stderr.lines().filter(|line| line.contains("progress")).collect();
        assert!(matches!(told[..], [one] if one.contains("cannot be written")), "{ran:?}");
    }
}

/// Two runs at once, as `watch` and a `hint` beside it, lose nothing that the other one has written.
#[test]
fn runs_at_once_keep_both() {
    let fixture = Fixture::new();
    let workspace = Workspace::find(&fixture.root()).unwrap();
    let table = Table::read(&workspace).unwrap();
    let [first, second] = ["01", "02"].map(|number| table.named(&workspace, number).unwrap());
    let mut runs = [Progress::read(&workspace), Progress::read(&workspace)];
    runs[0].solve(first).unwrap();
    runs[1].solve(second).unwrap();
    runs[0].hinted(second, 2).unwrap();
    let kept = Progress::read(&workspace);
    assert!(kept.is_solved(first) && kept.is_solved(second) && kept.hints(second) == 2, "{kept:?}");
}

/// What was done in two clones comes together: solved in either is solved, and the most hints count.
#[test]
fn progress_of_two_clones_comes_together() {
    let [here, there] = [(); 2].map(|()| Fixture::new());
    here.write(
        ".course/progress.toml",
        "solved = [\"first-step\"]\n[hints]\nfirst-step = 1\nsecond-step = 3\n",
    );
    let done =
        "solved = [\"second-step\", \"of-another-branch\"]\n[hints]\nfirst-step = 2\nsecond-step = 1\n";
    there.write(".course/progress.toml", done);
    let file = there.root().join("progress.toml");
    let file = file.to_str().unwrap();
    there.course(&["progress", "--export", file]).says(&["2 solved lessons, hints of 2", "--import"]);
    // What is there stays as it is.
    let exported = there.read("progress.toml");
    there
        .course(&["progress", "--export", file])
        .complains(&["progress.toml` is there already", "Try another name"]);
    assert_eq!(there.read("progress.toml"), exported);
    here.course(&["progress", "--import", file])
        .says(&["Before: 1 solved lesson, hints of 2. Now: 3 solved lessons"]);
    here.course(&["list"]).says(&["01  solved", "02  solved"]);
    let kept = here.read(".course/progress.toml");
    let all = ["of-another-branch", "first-step = 2", "second-step = 3"];
    all.iter().for_each(|part| assert!(kept.contains(part), "`{part}` is missing: {kept}"));
    here.course(&["progress", "--import", file])
        .says(&["Before: 3 solved lessons, hints of 2. Now: 3 solved lessons"]);
}

/// What is no progress is named with its trouble, and nothing is changed.
#[test]
fn other_files_are_no_progress() {
    let fixture = Fixture::new();
    let done = "solved = [\"first-step\"]\n";
    fixture.write(".course/progress.toml", done);
    let files = [
        ("numbers.toml", "solved = 7\n", "invalid type"),
        ("Cargo.toml", "", "it names neither `solved` nor `hints`"),
        ("words.txt", "I have done all of it.\n", "words.txt` is no progress of this course"),
        ("fewer.toml", "[hints]\nfirst-step = -1\n", "fewer.toml` is no progress"),
    ];
    for (file, text, why) in files {
        if !text.is_empty() {
            fixture.write(file, text);
        }
        fixture.course(&["progress", "--import", file]).complains(&[file, why, "--export FILE"]);
    }
    fixture.course(&["progress", "--import", "nowhere.toml"]).complains(&["`nowhere.toml` cannot be read"]);
    fixture.course(&["progress", "--import", "lessons"]).complains(&["`lessons` cannot be read"]);
    fixture
        .course(&["progress", "--export", "no/such/folder"])
        .complains(&["`no/such/folder` cannot be written"]);
    fixture.course(&["progress"]).complains(&["--export", "--import", "Try `cargo course --help`"]);
    assert_eq!(fixture.read(".course/progress.toml"), done);
}
