//! The course tool: finds the workspace, reads the table of lessons, and does one command.
//!
//! Entry point: [`run`]. Each command stands in a file of `commands`; what they share stands in a file
//! named after the thing that it is.

// A closed pipe must be no panic: `say` prints.
#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::ffi::OsString;
use std::process::ExitCode;

pub mod answers;
pub mod attempt;
pub mod attempts;
mod browser;
mod busy;
pub mod cargo;
mod cli;
pub mod commands;
mod editor;
pub mod failure;
pub mod git;
pub mod kept;
mod keys;
pub mod language;
pub mod lesson;
pub mod live;
pub mod load;
pub mod meter;
pub mod mutants;
mod own_file;
pub mod pages;
pub mod pane;
pub mod passed_over;
pub mod patch;
pub mod place;
pub mod process;
pub mod progress;
pub mod replace;
pub mod report;
mod say;
pub mod scratch;
pub mod sessions;
pub mod sources;
pub mod starters;
pub mod stop;
pub mod suite;
pub mod table;
pub mod tasks;
pub mod terminal;
pub mod tried;
mod upstream;
pub mod workspace;

/// Does what the arguments say; the status is 0 when it was done and the answer is good.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match cli::parse(args) {
        Ok(cli) => cli,
        Err(code) => return say::status(code),
    };
    let own = language::choose(cli.language).and_then(|()| cli::dispatch(cli)).unwrap_or_else(|error| {
        say::trouble(&error);
        ExitCode::FAILURE
    });
    say::status(own)
}
