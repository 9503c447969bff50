//! The Python files of the book, run as clients of a real room.
//!
//! They need Python 3.11 with the package `websockets`.
//! Where there is none a test says so and passes over; with `COURSE_PYTHON=/path/to/python` set, as in CI, it fails.

mod lesson_01;
#[cfg(unix)]
mod lesson_04;

use std::{env, path::Path, process::Command};

use checks::Program;

/// One of the book's Python files as a program; `None` where Python or `websockets` is missing.
fn script(file: &str) -> Option<Program> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/python").join(file);
    Some(Program::at(python()?).leading("-u").leading(path))
}

/// A Python that has `websockets`.
fn python() -> Option<String> {
    let named = env::var("COURSE_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".into());
    let import = Command::new(&python).args(["-c", "import websockets"]).output();
    let found = import.is_ok_and(|output| output.status.success());
    assert!(found || named.is_none(), "{python} cannot import websockets: pip install websockets");
    if !found {
        eprintln!("passed over: `pip install websockets` for the Python side by side");
    }
    found.then_some(python)
}
