//! Runs the client of lesson 14, or its worker process; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit_or_work(thawed_client::run, thawed_client::work)
}
