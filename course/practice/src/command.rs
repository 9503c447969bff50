//! The commands of lessons 04 and later: work that blocks the thread which runs it.

use std::{
    fs::File,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io::{self, Read},
    thread,
    time::Duration,
};

use crate::trace;

/// How much of a file `/read` and `/digest` take: a file like `/dev/zero` has no end, and the machine's memory has one.
const LIMIT: u64 = 64 << 20;

/// What `/digest` hashes with: the same file gives the same digest in every run.
const DIGEST: BuildHasherDefault<DefaultHasher> = BuildHasherDefault::new();

/// Whether a typed line asks for work here; `/quit` does not, since the room understands it.
pub fn is_command(line: &str) -> bool {
    line.starts_with('/') && line != "/quit"
}

/// Runs `/read FILE`, `/digest FILE` or `/sleep SECONDS`, and blocks the calling thread meanwhile.
///
/// # Errors
/// When the file is not named, cannot be read or holds 64 MiB or more, a number is none, or there is no such command.
///
/// # Panics
/// When the seconds are negative, as a careless job does.
pub fn run_command(line: &str) -> io::Result<String> {
    trace::job(line, || match line.split_once(' ').unwrap_or((line, "")) {
        ("/read", file) => read(file, Read::read_to_string).map(|text: String| text.trim_end().to_owned()),
        ("/digest", file) => {
            read(file, Read::read_to_end).map(|bytes: Vec<u8>| format!("{:016x}", DIGEST.hash_one(bytes)))
        }
        ("/sleep", seconds) => sleep(seconds),
        _ => Err(io::Error::other("the commands are /read FILE, /digest FILE, /sleep SECONDS and /quit")),
    })
}

/// Reads a whole file by one of the two methods that do.
fn read<T: Default>(
    name: &str,
    to_end: impl FnOnce(&mut io::Take<File>, &mut T) -> io::Result<usize>,
) -> io::Result<T> {
    if name.is_empty() {
        return Err(io::Error::other("which file? Try /read Cargo.toml"));
    }
    let mut file = File::open(name)?.take(LIMIT);
    let mut content = T::default();
    let read = to_end(&mut file, &mut content);
    // First, since a text that is cut may end within a letter.
    if file.limit() == 0 {
        return Err(io::Error::other("a file of 64 MiB or more: too long to be read here"));
    }
    read.map(|_| content)
}

fn sleep(seconds: &str) -> io::Result<String> {
    let number = seconds.parse().map_err(|_| io::Error::other("how many seconds? Try /sleep 2"))?;
    thread::sleep(Duration::from_secs_f64(number));
    Ok("awake again".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is not named, and one without an end, are told as such.
    #[test]
    fn files_that_cannot_be_read_are_told() {
        let said = |line: &str| run_command(line).unwrap_err().to_string();
        assert_eq!(said("/read"), "which file? Try /read Cargo.toml");
        assert_eq!(said("/digest "), "which file? Try /read Cargo.toml");
        #[cfg(target_os = "linux")]
        assert_eq!(said("/digest /dev/zero"), "a file of 64 MiB or more: too long to be read here");
    }

    /// A digest is that of all bytes, and a text comes without its last line's end.
    #[test]
    fn whole_files_are_read() {
        let digest = format!("{:016x}", DIGEST.hash_one(std::fs::read("Cargo.toml").unwrap()));
        assert_eq!(run_command("/digest Cargo.toml").unwrap(), digest);
        assert!(run_command("/read Cargo.toml").unwrap().starts_with("[package]\n"));
    }
}
