//! `cargo course`: checks, hints, diffs and the book. All there is to read stands in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    course::run(std::env::args_os())
}
