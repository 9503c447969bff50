//! A Python that will not do is passed over with one sentence, and fails where it was named.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Output},
};

/// A folder with a `python3` that only answers; it is removed on drop.
struct Fake(PathBuf);

impl Fake {
    /// A Python that gives this answer, whatever it is asked.
    fn answering(answer: &str) -> Fake {
        let name: String = answer.chars().filter(char::is_ascii_alphanumeric).collect();
        let folder = env::temp_dir().join(format!("python-{}-{name}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        // Written by a process: a file that a thread of ours holds open for writing cannot be started.
        let write = r##"printf '#!/bin/sh\nprintf "%s"\n' "$1" > "$0" && chmod +x "$0""##;
        let mut shell = Command::new("sh");
        checks::let_children_hear().unwrap();
        assert!(shell.args(["-c", write]).arg(python(&folder)).arg(answer).status().unwrap().success());
        Fake(folder)
    }

    /// Runs one test with this Python before all others, or with this one named.
    fn tried(&self, is_named: bool) -> Output {
        let mut test = Command::new(env::current_exe().unwrap());
        test.args(["--exact", "guest::guest_talks_and_quits", "--nocapture"]).env_remove("COURSE_PYTHON");
        let before = env::var_os("PATH").unwrap_or_default();
        let paths = [self.0.clone()].into_iter().chain(env::split_paths(&before));
        test.env("PATH", env::join_paths(paths).unwrap());
        if is_named {
            test.env("COURSE_PYTHON", python(&self.0));
        }
        test.output().unwrap()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn python(folder: &Path) -> PathBuf {
    folder.join("python3")
}

/// Whoever has an old Python, or an old package, is told what was found and what to install.
#[test]
fn what_will_not_do_is_told() {
    let another = "install a newer Python, and name it with COURSE_PYTHON";
    for (answer, found, next) in [
        ("", "does not run", another),
        (r"3.10\n15.0.1\n", "is Python 3.10", another),
        (r"3.11\n", "has no websockets", "-m pip install --upgrade websockets`"),
        (r"3.12\n10.4\n", "has websockets 10.4", "-m pip install --upgrade websockets`"),
        (r"3.14\n14.2\n", "has websockets 14.2", "-m pip install --upgrade websockets`"),
    ] {
        let fake = Fake::answering(answer);
        for is_named in [false, true] {
            let output = fake.tried(is_named);
            let said = String::from_utf8_lossy(&output.stderr);
            let told = said.lines().find(|line| line.contains("Python 3.11 and websockets 15, or newer"));
            let told = told.unwrap_or_else(|| panic!("{output:?}"));
            assert!(told.contains(found) && told.contains(next), "{told}");
            assert_eq!(told.starts_with("passed over: "), !is_named, "{told}");
            assert_eq!(output.status.success(), !is_named, "{output:?}");
        }
    }
}
