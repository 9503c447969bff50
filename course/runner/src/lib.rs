//! The course tool: finds the workspace, reads the table of lessons, and does one command.
//!
//! Entry point: [`run`]. Each command stands in a file of `commands`; what they share stands in a file
//! named after the thing that it is.

use std::ffi::OsString;
use std::process::ExitCode;

pub mod answers;
pub mod cargo;
mod cli;
pub mod commands;
pub mod failure;
pub mod git;
pub mod lesson;
pub mod load;
pub mod meter;
pub mod patch;
pub mod process;
pub mod progress;
pub mod report;
pub mod scratch;
pub mod sources;
pub mod stop;
pub mod suite;
pub mod table;
pub mod tasks;
pub mod terminal;
pub mod workspace;

/// Does what the arguments say; the status is 0 when it was done and the answer is good.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match cli::parse(args) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match cli::dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// One sentence with its causes; the command to type next stays at the end.
fn sentence(error: &anyhow::Error) -> String {
    let outer = error.to_string();
    let (head, next) = match outer.rfind(". Try `") {
        Some(at) => outer.split_at(at),
        None => (outer.as_str(), ""),
    };
    let causes: String = error.chain().skip(1).map(|cause| format!(": {cause}")).collect();
    format!("{head}{causes}{next}")
}
