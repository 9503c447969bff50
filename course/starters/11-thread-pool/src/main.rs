//! Runs the client of lesson 11; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(thread_pool::run)
}
