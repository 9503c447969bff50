//! Runs the client of lesson 01; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(frozen_client::run)
}
