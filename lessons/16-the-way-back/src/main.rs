//! Runs the client of lesson 16; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit(the_way_back::run)
}
