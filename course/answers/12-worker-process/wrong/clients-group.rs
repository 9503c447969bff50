//! WRONG: the worker stays in the group of the client, and dies of your Ctrl-C.
//! rejected-by: typed_lines_and_ctrl_c_are_the_clients
//! sentence: Ctrl-C reached the worker too: it belongs to the client's group of processes
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
    let program = env::current_exe()?;
    let running = PathBuf::from("/proc/self/exe");
    Ok(if !program.exists() && running.exists() { running } else { program })
}

/// The command that starts `program` as a worker, with pipes for its requests and its replies.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(WORKER).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}
