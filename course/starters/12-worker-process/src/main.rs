//! Runs the client of lesson 12, or its worker process; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit_or_work(worker_process::run, worker_process::work)
}
