//! Runs the client of lesson 10; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(event_loop::run)
}
