//! The Python files of the book, and a guest written with `websockets`, as clients of a real room.
//!
//! They need Python 3.11 and version 15 of its package `websockets`, or newer.
//! Where there are none a test says so and passes over; with `COURSE_PYTHON=/path/to/python` set, as in CI, it fails.

mod cancellation_safety;
mod guest;
mod lesson_01;
mod lesson_02;
mod lesson_03;
#[cfg(unix)]
mod lesson_04;
#[cfg(unix)]
mod lesson_05;
mod lesson_06;
mod lesson_07;
mod lesson_08;
mod lesson_09;
mod lesson_10;
mod lesson_11;
#[cfg(unix)]
mod lesson_12;
mod lesson_13;
#[cfg(unix)]
mod lesson_14;
#[cfg(unix)]
mod lesson_15;
mod lesson_16;
#[cfg(unix)]
mod versions;
mod your_program;

use std::path::Path;

use checks::Program;

/// One of the book's Python files as a program; `None` where Python or `websockets` will not do.
fn script(file: &str) -> Option<Program> {
    Program::python(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/python").join(file))
}
