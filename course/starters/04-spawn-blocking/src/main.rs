//! Runs the client of lesson 04; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(spawn_blocking::run)
}
