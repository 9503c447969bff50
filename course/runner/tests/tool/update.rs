//! An update of the course in real clones: the course follows, every answer stands, and what could be lost is named.

use std::fs;
use std::path::PathBuf;

use crate::common::{Fixture, Ran, git_in, has_git, library_text, run, tool};

/// The reader's library of the first lesson.
const ANSWER: &str = "lessons/01-first-step/src/lib.rs";

/// The course where its authors work, and the clone of a reader.
struct Pair {
    /// The authors'.
    course: Fixture,
    /// The reader's; the folder goes with it.
    reader: tempfile::TempDir,
}

impl Pair {
    /// A clone of a course; none where there is no git.
    fn new() -> Option<Self> {
        has_git().then(|| {
            let (course, reader) =
                (Fixture::new(), tempfile::Builder::new().prefix("mine [1] ").tempdir().unwrap());
            course.commit();
            course.git(&["branch", "-M", "main"]);
            git_in(reader.path(), &["clone", "-q", course.root().to_str().unwrap(), "course"]);
            Self { course, reader }
        })
    }

    /// The reader's clone.
    fn root(&self) -> PathBuf {
        self.reader.path().canonicalize().unwrap().join("course")
    }

    fn write(&self, below: &str, text: &str) {
        let path = self.root().join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.root().join(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    fn git(&self, args: &[&str]) -> String {
        git_in(&self.root(), args).trim_end().to_owned()
    }

    /// The authors change both starters, a check and a page, add a file to each lesson and remove their notes.
    fn publish(&self) {
        for lesson in ["01-first-step", "02-second-step"] {
            let course = &self.course;
            for folder in ["lessons", "course/starters"] {
                course.write(&format!("{folder}/{lesson}/src/lib.rs"), &library_text(40));
                course.write(&format!("{folder}/{lesson}/src/more.rs"), "//! More.\n");
            }
            course.write(&format!("lessons/{lesson}/tests/checks/main.rs"), "//! Other checks.\n");
        }
        self.course.write("book/src/en/01-first-step.md", "# First, again\n");
        fs::remove_file(self.course.root().join("course/hints/02-second-step.md")).unwrap();
        self.course.git(&["add", "-A"]);
        self.course.git(&["commit", "-q", "-m", "Mend"]);
    }

    fn update(&self, args: &[&str]) -> Ran {
        run(tool(&self.root(), &[&["update"], args].concat()))
    }

    /// The course is the new one, but for the first lesson's sources.
    #[track_caller]
    fn has_followed(&self) {
        assert_eq!(self.read("book/src/en/01-first-step.md"), "# First, again\n");
        assert_eq!(self.read("lessons/01-first-step/tests/checks/main.rs"), "//! Other checks.\n");
        assert_eq!(self.read("lessons/02-second-step/src/lib.rs"), library_text(40));
        assert_eq!(self.read("lessons/02-second-step/src/more.rs"), "//! More.\n");
        assert_eq!(self.read("course/starters/01-first-step/src/lib.rs"), library_text(40));
        assert!(!self.root().join("course/hints/02-second-step.md").exists());
    }

    /// A refused update changes nothing: no file, no commit, and nothing that is staged.
    #[track_caller]
    fn refuses(&self, args: &[&str], words: &[&str]) {
        let state = || {
            [
                self.git(&["rev-parse", "HEAD"]),
                self.git(&["status", "--porcelain"]),
                self.git(&["diff", "HEAD"]),
            ]
        };
        let before = state();
        let ran = self.update(args);
        assert_ne!(ran.status, 0, "{ran:?}");
        // Where git itself fails it says so first.
        let last = ran.stderr.lines().last().unwrap_or_default();
        words.iter().for_each(|word| assert!(last.contains(word), "`{word}` is missing: {ran:?}"));
        assert_eq!(state(), before, "{ran:?}");
    }
}

/// A reader who committed nothing: the answer stays as a change on the disk, whole, and all else is the course's.
#[test]
fn uncommitted_answers_stand() {
    let Some(pair) = Pair::new() else { return };
    pair.write(ANSWER, &library_text(42));
    pair.write("lessons/01-first-step/notes.md", "It froze.\n");
    pair.write(".course/progress.toml", "solved = [\"first-step\"]\n");
    pair.publish();
    let ran = pair.update(&[]);
    ran.says(&[
        "Asking `origin`",
        "that of `origin` now: 1 commit is new",
        "Your answers stand as they were: 01-first-step.",
        "Lesson 01-first-step begins otherwise now: its new starter is course/starters/01-first-step/src.",
    ]);
    pair.has_followed();
    assert_eq!(pair.read(ANSWER), library_text(42));
    // A new file of the starter would not fit to an answer that does without.
    assert!(!pair.root().join("lessons/01-first-step/src/more.rs").exists());
    assert_eq!(pair.read("lessons/01-first-step/notes.md"), "It froze.\n");
    assert_eq!(pair.read(".course/progress.toml"), "solved = [\"first-step\"]\n");
    assert_eq!(pair.git(&["rev-parse", "HEAD"]), git_in(&pair.course.root(), &["rev-parse", "main"]).trim());
    let changed = " M lessons/01-first-step/src/lib.rs\n D lessons/01-first-step/src/more.rs\n?? lessons/01-first-step/notes.md";
    assert_eq!(format!(" {}", pair.git(&["status", "--porcelain"]).trim_start()), changed);
    pair.update(&[]).says(&["You have all that `origin` has."]);
}

/// A reader who commits answers and notes gets one commit more, which has both sides, and loses none.
#[test]
fn committed_answers_stand() {
    let Some(pair) = Pair::new() else { return };
    pair.write(ANSWER, &library_text(42));
    pair.write("NOTES.md", "# What I learned\n");
    pair.write(
        "lessons/02-second-step/Cargo.toml",
        &(pair.read("lessons/02-second-step/Cargo.toml") + "# mine\n"),
    );
    pair.git(&["add", "-A"]);
    pair.git(&["commit", "-q", "-m", "My answer"]);
    let mine = pair.git(&["rev-parse", "HEAD"]);
    pair.write("lessons/01-first-step/src/extra.rs", "//! Not committed yet.\n");
    pair.publish();
    pair.update(&[]).says(&["Your answers stand as they were: 01-first-step."]);
    pair.has_followed();
    assert_eq!(pair.read(ANSWER), library_text(42));
    assert_eq!(pair.git(&["show", &format!("HEAD:{ANSWER}")]) + "\n", library_text(42));
    assert_eq!(pair.read("NOTES.md"), "# What I learned\n");
    assert!(pair.read("lessons/02-second-step/Cargo.toml").ends_with("# mine\n"));
    assert_eq!(pair.git(&["status", "--porcelain"]), "?? lessons/01-first-step/src/extra.rs");
    let theirs = git_in(&pair.course.root(), &["rev-parse", "main"]);
    assert_eq!(pair.git(&["rev-parse", "HEAD^1", "HEAD^2"]), format!("{mine}\n{}", theirs.trim()));
    // A second update goes on from there.
    pair.course.write("book/src/en/01-first-step.md", "# Third\n");
    pair.course.git(&["commit", "-q", "-a", "-m", "More"]);
    pair.update(&[]).says(&["1 commit is new", "Your answers stand"]);
    assert_eq!(pair.read("book/src/en/01-first-step.md"), "# Third\n");
    assert_eq!(pair.read(ANSWER), library_text(42));
}

/// What is staged stays on the disk and is kept as it was; a file that both have added stays the reader's; one that the
/// reader removed stays away.
#[test]
fn odd_states_lose_nothing() {
    let Some(pair) = Pair::new() else { return };
    pair.write(ANSWER, &library_text(7));
    pair.git(&["add", "-A"]);
    pair.write(ANSWER, &library_text(42));
    pair.write("lessons/01-first-step/src/more.rs", "//! Mine.\n");
    fs::remove_file(pair.root().join("lessons/01-first-step/src/main.rs")).unwrap();
    pair.publish();
    pair.update(&[]).says(&["What you had staged is on your disk, and in `refs/course/before-update`"]);
    pair.has_followed();
    assert_eq!(pair.read(ANSWER), library_text(42));
    assert_eq!(pair.read("lessons/01-first-step/src/more.rs"), "//! Mine.\n");
    assert!(!pair.root().join("lessons/01-first-step/src/main.rs").exists());
    assert_eq!(pair.git(&["show", &format!("refs/course/before-update^2:{ANSWER}")]) + "\n", library_text(7));
}

/// A lesson that has another number now: what the reader wrote stays where it is, and that is said.
#[test]
fn renamed_lesson_keeps_its_answer() {
    let Some(pair) = Pair::new() else { return };
    pair.write(ANSWER, &library_text(42));
    pair.course.git(&["mv", "lessons/01-first-step", "lessons/04-first-step"]);
    pair.course.git(&["commit", "-q", "-m", "Move"]);
    pair.update(&[]).says(&["The course has no lessons/01-first-step any more; your files stay there"]);
    assert_eq!(pair.read(ANSWER), library_text(42));
    assert_eq!(pair.read("lessons/04-first-step/src/lib.rs"), library_text(41));
}

/// Changes elsewhere are named, whether they are committed or not, and so is a file that a new one would replace.
#[test]
fn what_could_be_lost_is_named() {
    let Some(pair) = Pair::new() else { return };
    pair.publish();
    let page = "book/src/en/01-first-step.md";
    pair.write(page, "# Mine\n");
    pair.write("Cargo.toml", "# mine\n");
    let put_aside = "git stash push -- Cargo.toml book/src/en/01-first-step.md";
    pair.refuses(&[], &["`Cargo.toml`, `book/src/en/01-first-step.md`; nothing was updated", put_aside]);
    pair.git(&["checkout", "-q", "Cargo.toml"]);
    pair.git(&["add", page]);
    pair.refuses(&[], &[page]);
    pair.git(&["commit", "-q", "-m", "Mine"]);
    pair.refuses(
        &[],
        &["what the course has changed, too: `book/src/en/01-first-step.md`", "git merge FETCH_HEAD"],
    );
    pair.git(&["reset", "-q", "--hard", "HEAD^"]);
    pair.course.write("letter.txt", "theirs");
    pair.course.git(&["add", "-A"]);
    pair.course.git(&["commit", "-q", "-m", "Write"]);
    pair.write("letter.txt", "mine");
    pair.refuses(&[], &["where the course has new ones: `letter.txt`", "Move them away"]);
    assert_eq!(pair.read("letter.txt"), "mine");
    fs::remove_file(pair.root().join("letter.txt")).unwrap();
    pair.update(&[]).says(&["2 commits are new"]);
    pair.has_followed();
}

/// Whatever git cannot do here is said with what to do, and nothing is changed.
#[test]
fn clones_in_other_states_are_told() {
    let Some(pair) = Pair::new() else { return };
    pair.publish();
    pair.refuses(
        &["--from", "/nowhere/at/all"],
        &["could not fetch from `/nowhere/at/all`", "Try `git fetch"],
    );
    // The same files committed in the same second would be the same commit.
    let other = Fixture::new();
    other.answer(7);
    other.commit();
    pair.refuses(&["--from", other.root().to_str().unwrap()], &["no commit in common"]);
    pair.git(&["checkout", "-q", "--detach"]);
    pair.refuses(&[], &["no branch is checked out here. Try `git switch main`"]);
    pair.git(&["checkout", "-q", "main"]);
    fs::write(pair.root().join(".git/MERGE_HEAD"), pair.git(&["rev-parse", "HEAD"])).unwrap();
    pair.refuses(&[], &["in the midst of a merge"]);
    fs::remove_file(pair.root().join(".git/MERGE_HEAD")).unwrap();
    pair.git(&["remote", "remove", "origin"]);
    pair.refuses(&[], &["does not know where the course comes from", "--from"]);
    // `origin` is a fork, and `upstream` the course.
    let fork = Fixture::new();
    fork.commit();
    pair.git(&["remote", "add", "origin", fork.root().to_str().unwrap()]);
    pair.git(&["remote", "add", "upstream", pair.course.root().to_str().unwrap()]);
    pair.update(&[]).says(&["Asking `upstream`", "1 commit is new"]);
    pair.has_followed();
}

/// Without a clone of its own, or without git, the way by hand is told.
#[test]
fn archives_are_updated_by_hand() {
    let fixture = Fixture::new();
    let mut nowhere = fixture.command(&["update"]);
    nowhere.env("PATH", "");
    run(nowhere).complains(&["git does not start here", "Try `git --version`"]);
    if !has_git() {
        return;
    }
    let by_hand = ["is no clone", "copy the `src` of each lesson", "cargo course progress --export"];
    fixture.course(&["update"]).complains(&by_hand);
    // Unpacked in a repository of the reader's own, which is none of the course's business.
    let outer = tempfile::tempdir().unwrap();
    git_in(outer.path(), &["init", "-q", "--template="]);
    let inner = outer.path().join("course");
    fs::create_dir_all(inner.join("course")).unwrap();
    fs::write(inner.join("course/lessons.toml"), fixture.read("course/lessons.toml")).unwrap();
    run(tool(&inner, &["update"])).complains(&by_hand);
}
