//! The program that a worker process runs, and how it is started.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use practice::WORKER;

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

/// The command that starts `program` as a worker, with pipes for its requests, its replies, and what it says.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    // Its last words are quoted: a backtrace would push them out.
    command.env("RUST_BACKTRACE", "0");
    command.arg(WORKER).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
