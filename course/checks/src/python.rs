//! The Python that the tests with Python need, and the word about one that will not do.

use std::{env, ffi::OsString, process::Command, sync::LazyLock};

use crate::{Program, let_children_hear, passed_over::pass_over};

/// The oldest Python with what the scripts use: `asyncio.TaskGroup`, `asyncio.timeout`.
const PYTHON: (u32, u32) = (3, 11);

/// The oldest `websockets` with what they use: an older one has no `close_code`, and gives up when a room is away.
const WEBSOCKETS: u32 = 15;

/// Answers with two lines, and with one where there is no `websockets`; an old Python understands it too.
const ASK: &str = "
import sys
print('%d.%d' % sys.version_info[:2])
try:
    from websockets.version import version
    print(version)
except ImportError:
    pass
";

impl Program {
    /// A Python script; `None`, and a word about it, where Python or its package `websockets` will not do.
    ///
    /// # Panics
    /// When `COURSE_PYTHON` names a Python, as in CI, and that one will not do.
    pub fn python(script: impl Into<OsString>) -> Option<Program> {
        static LACK: LazyLock<Option<String>> = LazyLock::new(|| lack(&interpreter()));
        if let Some(lack) = &*LACK {
            assert!(env::var_os("COURSE_PYTHON").is_none(), "{lack}");
            pass_over(lack);
            return None;
        }
        // Unbuffered: what is printed must be seen at once.
        Some(Program::at(interpreter()).leading("-u").leading(script))
    }
}

/// The Python that `COURSE_PYTHON` names, or `python3`.
fn interpreter() -> String {
    env::var("COURSE_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// One sentence on what was found instead of what is needed, and what to do about it.
fn lack(python: &str) -> Option<String> {
    let_children_hear().expect("handlers for signals");
    let output = Command::new(python).args(["-c", ASK]).output();
    let answer =
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let (version, websockets) = answer.trim().split_once('\n').unwrap_or((answer.trim(), ""));
    let another = "install a newer Python, and name it with COURSE_PYTHON".to_owned();
    let package = format!("type `{python} -m pip install --upgrade websockets`");
    let (found, next) = match (numbers(version), numbers(websockets)) {
        ((0, _), _) => (format!("`{python}` does not run"), another),
        (old, _) if old < PYTHON => (format!("`{python}` is Python {version}"), another),
        (_, (0, _)) => (format!("`{python}` has no websockets"), package),
        (_, (old, _)) if old < WEBSOCKETS => (format!("`{python}` has websockets {websockets}"), package),
        _ => return None,
    };
    let (major, minor) = PYTHON;
    Some(format!("Python {major}.{minor} and websockets {WEBSOCKETS}, or newer, are needed; {found}: {next}"))
}

/// The first two numbers of a version; zeros for what is none.
fn numbers(version: &str) -> (u32, u32) {
    let mut numbers = version.trim().split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
