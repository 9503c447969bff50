//! The program that a worker process runs, and how it is started.

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
    let program = env::current_exe()?;
    let running = PathBuf::from("/proc/self/exe");
    Ok(if !program.exists() && running.exists() { running } else { program })
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
