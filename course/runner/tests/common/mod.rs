//! A course of two small lessons in a temporary folder, and the tool run in it.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use course::git;
use course::process::{self, End, checked};
use course::stop::Stop;
use course::workspace::Workspace;

/// The account's configuration of git is none of ours; its attributes and what it ignores stand in a folder of their own.
const NOBODY: [(&str, &str); 3] =
    [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("XDG_CONFIG_HOME", "/dev/null")];

/// No run of the tool takes longer, even while all cores are busy.
pub const BOUND: Duration = Duration::from_secs(100);

/// A workspace without dependencies, removed on drop.
pub struct Fixture {
    /// The root; the folder lives as long as this does.
    folder: tempfile::TempDir,
}

/// What a run of the tool came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

const ROOT: &str = r#"
[workspace]
resolver = "3"
members = ["lessons/01-first-step", "solutions/01-first-step", "lessons/02-second-step", "solutions/02-second-step"]
[workspace.package]
edition = "2024"
[workspace.lints.rust]
missing_docs = "warn"
[profile.dev]
debug = false
incremental = false
"#;

const TABLE: &str = r#"
[[lesson]]
number = "01"
slug = "first-step"
title = "The first step"
promise = "Step."
bound = 90
[lesson.starter]
fails = "second_check"
sentence = "the answer was 41"

[[lesson]]
number = "02"
slug = "second-step"
title = "The second step"
promise = "Step again."

[[lesson]]
number = "03"
slug = "third-step"
title = "The third step"
promise = "Not yet."
"#;

/// Two checks: the second in the file comes first in the alphabet.
pub const CHECKS: &str = r#"//! Checks.
use first_step::answer;
/// Passes always.
#[test]
fn zeroth_check() { assert!(answer() > 0) }
/// Passes for the solution.
#[test]
fn second_check() {
    let answer = answer();
    if answer != 42 {
        panic!("\nexpected: the answer is 42\ninstead:  the answer was {answer}\nlikely:   you counted\n          wrongly\nread:     01-first-step.md#count\n");
    }
}
/// Passes for the solution too.
#[test]
fn another_check() { assert_eq!(answer(), 42) }
"#;

impl Fixture {
    /// A course whose first lesson is not solved.
    pub fn new() -> Self {
        // Whoever reads keeps clones in folders of any name: this one is a pattern, has a space and is not ASCII.
        let folder = tempfile::Builder::new().prefix("élan [2026] ").tempdir().unwrap();
        let fixture = Self { folder };
        fixture.write("Cargo.toml", ROOT);
        // Nearer than the account's: its courses would be built into one folder, where cargo takes each for the other.
        fixture.write(".cargo/config.toml", "[build]\ntarget-dir = \"built\"\n");
        fixture.write("course/lessons.toml", TABLE);
        fixture.write("book/src/en/01-first-step.md", "# First\n\nThe check says: the answer\nwas 41.\n");
        fixture.write(
            "course/hints/01-first-step.md",
            "# Hints\n\n## 1\n\nOne.\n\n## 2\n\nTwo.\n\n## 3\n\nThree.\n",
        );
        fixture.write("course/hints/02-second-step.md", "## 1\nOne.\n## 2\nTwo.\n## 3\nThree.\n");
        for (number, name, library) in
            [("01", "first-step", "first_step"), ("02", "second-step", "second_step")]
        {
            fixture.member("lessons", &format!("{number}-{name}"), &format!("lesson-{number}"), library, 41);
            let solution = format!("solution_{number}");
            fixture.member(
                "solutions",
                &format!("{number}-{name}"),
                &format!("solution-{number}"),
                &solution,
                42,
            );
            let shim = format!(
                "//! Shim.\nextern crate {solution} as {library};\n#[path = \"../../../lessons/{number}-{name}/tests/checks/main.rs\"]\nmod checks;\n"
            );
            fixture.write(&format!("solutions/{number}-{name}/tests/checks.rs"), &shim);
            let checks = CHECKS.replace("first_step", library);
            fixture.write(&format!("lessons/{number}-{name}/tests/checks/main.rs"), &checks);
        }
        fixture
    }

    fn member(&self, side: &str, folder: &str, package: &str, library: &str, answer: u32) {
        let folder = format!("{side}/{folder}");
        let manifest = format!(
            "[package]\nname = \"{package}\"\nedition.workspace = true\n[lib]\nname = \"{library}\"\n"
        );
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/lib.rs"), &library_text(answer));
        let main = format!("//! Runs.\nfn main() {{ println!(\"{{}}\", {library}::answer()) }}\n");
        self.write(&format!("{folder}/src/main.rs"), &main);
        if side == "lessons" {
            let kept = folder.replacen("lessons", "course/starters", 1);
            self.write(&format!("{kept}/src/lib.rs"), &library_text(answer));
            self.write(&format!("{kept}/src/main.rs"), &main);
        }
    }

    /// The root, without links on the way: cargo names the same.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub fn workspace(&self) -> Workspace {
        Workspace::find(&self.root()).unwrap()
    }

    pub fn write(&self, below: &str, text: &str) {
        let path = self.root().join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, below: &str) -> String {
        fs::read_to_string(self.root().join(below)).unwrap()
    }

    /// Makes the first lesson right, or wrong in its own way.
    pub fn answer(&self, answer: u32) {
        self.write("lessons/01-first-step/src/lib.rs", &library_text(answer));
    }

    /// Commits everything, as the authors did.
    pub fn commit(&self) {
        self.write(".gitignore", "/built\n.course/\n");
        for args in [vec!["init", "-q", "--template="], vec!["add", "."], vec!["commit", "-q", "-m", "Begin"]]
        {
            self.git(&args);
        }
    }

    /// Runs git at the root; nothing, where there is no git.
    pub fn git(&self, args: &[&str]) {
        git_in(&self.root(), args);
    }

    /// The tool, ready to be started at the root.
    pub fn command(&self, args: &[&str]) -> Command {
        tool(&self.root(), args)
    }

    /// Runs the tool at the root, to its end.
    pub fn course(&self, args: &[&str]) -> Ran {
        run(self.command(args))
    }
}

/// Runs git in a folder, without anything that the account has set for it, and returns what it says; nothing, where there
/// is no git.
pub fn git_in(folder: &Path, args: &[&str]) -> String {
    if !has_git() {
        return String::new();
    }
    let mut git = git::command(folder);
    git.envs(NOBODY).args(["-c", "user.name=A", "-c", "user.email=a@example.org"]);
    checks::let_children_hear().unwrap();
    let output = git.args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether git starts here; the course needs none, and a test that does is passed over with a word.
pub fn has_git() -> bool {
    checks::let_children_hear().unwrap();
    let has =
        git::command(Path::new(".")).arg("--version").output().is_ok_and(|output| output.status.success());
    if !has {
        eprintln!("passed over: git does not start here");
    }
    has
}

/// The library of a lesson that gives this answer.
pub fn library_text(answer: u32) -> String {
    format!("//! Answers.\n/// The answer.\npub fn answer() -> u32 {{\n    {answer}\n}}\n")
}

/// The tool, ready to be started somewhere.
pub fn tool(folder: &Path, args: &[&str]) -> Command {
    // Whoever ignores Ctrl-C and runs these tests must not make the tool ignore it.
    checks::let_children_hear().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.args(args).current_dir(folder).env_remove("CARGO_TARGET_DIR").env("NO_COLOR", "1");
    // An account may speak Russian, and a machine may be busy.
    command.envs(NOBODY).env("COURSE_LANG", "en").env("COURSE_PATIENCE", "1");
    command
}

/// Runs a command to its end; one that does not end fails the test.
pub fn run(command: Command) -> Ran {
    let ended = process::run(command, checked(BOUND), &Stop::default()).unwrap();
    let End::Exited(status) = ended.end else { panic!("the tool did not end: {ended:?}") };
    Ran { status: status.code().unwrap_or(-1), stdout: ended.stdout, stderr: ended.stderr }
}

impl Ran {
    /// One sentence on stderr with these words, and a non-zero status.
    #[track_caller]
    pub fn complains(&self, words: &[&str]) {
        assert_ne!(self.status, 0, "{self:?}");
        assert_eq!(self.stderr.trim().lines().count(), 1, "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is missing: {self:?}");
        }
    }

    /// Words on stdout, and status 0.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        assert_eq!(self.status, 0, "{self:?}");
        for word in words {
            assert!(self.stdout.contains(word), "`{word}` is missing: {self:?}");
        }
    }
}
