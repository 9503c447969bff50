//! The commands of lessons 04 and later: work that blocks the thread which runs it.

use std::{
    fs,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io, thread,
    time::Duration,
};

use crate::trace;

/// What `/digest` hashes with: the same file gives the same digest in every run.
const DIGEST: BuildHasherDefault<DefaultHasher> = BuildHasherDefault::new();

/// Whether a typed line asks for work here; `/quit` does not, since the room understands it.
pub fn is_command(line: &str) -> bool {
    line.starts_with('/') && line != "/quit"
}

/// Runs `/read FILE`, `/digest FILE` or `/sleep SECONDS`, and blocks the calling thread meanwhile.
///
/// # Errors
/// When the file cannot be read, a number is none, or there is no such command.
///
/// # Panics
/// When the seconds are negative, as a careless job does.
pub fn run_command(line: &str) -> io::Result<String> {
    trace::job(line, || match line.split_once(' ').unwrap_or((line, "")) {
        ("/read", file) => fs::read_to_string(file).map(|text| text.trim_end().to_owned()),
        ("/digest", file) => fs::read(file).map(|bytes| format!("{:016x}", DIGEST.hash_one(bytes))),
        ("/sleep", seconds) => sleep(seconds),
        _ => Err(io::Error::other("the commands are /read FILE, /digest FILE, /sleep SECONDS and /quit")),
    })
}

fn sleep(seconds: &str) -> io::Result<String> {
    let number = seconds.parse().map_err(|_| io::Error::other("how many seconds? Try /sleep 2"))?;
    thread::sleep(Duration::from_secs_f64(number));
    Ok("awake again".into())
}
