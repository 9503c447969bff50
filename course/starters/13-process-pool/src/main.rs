//! Runs the client of lesson 13, or its worker process; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit_or_work(process_pool::run, process_pool::work)
}
