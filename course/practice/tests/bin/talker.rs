//! A client for the tests of stdin and stdout: no more than [`practice::talk`], with `/sleep SECONDS` as its command.
//!
//! Run it: `cargo run -p practice --bin talker`, type lines, and press Ctrl-D.

use std::{io, process::ExitCode};

use practice::{Visit, run_command};
use tokio::{runtime::Builder, task};

fn main() -> ExitCode {
    practice::visit(run)
}

fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    practice::talk(visit, runtime, async |line: String| {
        task::spawn_blocking(move || run_command(&line)).await?
    })
}
