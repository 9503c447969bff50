//! Runs the client of lesson 08; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(shared_state::run)
}
