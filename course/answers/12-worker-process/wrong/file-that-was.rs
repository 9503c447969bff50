//! WRONG: `current_exe` alone names a file that a rebuild has deleted.
//! rejected-by: client_survives_its_own_rebuild
//! sentence: `current_exe` names a file that is gone
//! instead-of: program.rs

use std::{env, io, path::Path, path::PathBuf, process::Stdio};

use practice::WORKER;
use tokio::process::Command;

/// The program that runs now, to be its own worker.
///
/// After a rebuild its file is gone on Linux; what runs can still be started through `/proc`.
///
/// # Errors
/// When the system does not say.
pub fn this_program() -> io::Result<PathBuf> {
    env::current_exe()
}

/// The command that starts `program` as a worker, with pipes for its requests and its replies.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(WORKER).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    keep_from_ctrl_c(&mut command);
    command
}

/// Ctrl-C goes to the client's whole group of processes; the worker gets one of its own.
#[cfg(unix)]
fn keep_from_ctrl_c(command: &mut Command) {
    command.process_group(0);
}

/// Ctrl-C goes to the client's whole group of processes; the worker gets one of its own.
#[cfg(windows)]
fn keep_from_ctrl_c(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}
