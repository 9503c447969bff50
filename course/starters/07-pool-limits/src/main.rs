//! Runs the client of lesson 07; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(pool_limits::run)
}
