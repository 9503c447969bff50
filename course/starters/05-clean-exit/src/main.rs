//! Runs the client of lesson 05; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(clean_exit::run)
}
