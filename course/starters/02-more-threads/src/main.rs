//! Runs the client of lesson 02; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(more_threads::run)
}
