//! Runs the client of lesson 09; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(cpu_bound::run)
}
