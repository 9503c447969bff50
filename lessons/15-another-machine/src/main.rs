//! Runs the client of lesson 15, its worker process, or a machine; all there is to read stands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    practice::visit_or_work_or_serve(another_machine::run, another_machine::work, another_machine::serve)
}
