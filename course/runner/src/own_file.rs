//! The file of the running tool, which Windows lets nobody replace, and cargo replaces.
//!
//! A running program's file can be moved there, though. So a command that runs for long moves its own file aside, and
//! `cargo test` beside it builds another one in its place.

use std::path::Path;
use std::{fs, io};

/// What the names of files end with that were moved aside.
const ASIDE: &str = "moved-aside";

/// Moves the file of this program aside, on a system that would not let it be replaced.
///
/// Where that fails, cargo says itself what it cannot replace.
pub fn make_way() {
    if cfg!(windows) {
        let _ = std::env::current_exe().and_then(|file| move_aside(&file, std::process::id()));
    }
}

/// Moves a program aside, and removes what earlier ones have left and nobody runs any more.
fn move_aside(file: &Path, process: u32) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == ASIDE) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    fs::rename(file, folder.join(format!("{name}-{process}.{ASIDE}")))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// A program that runs is moved aside; another one takes its place, and the next that moves removes it.
    #[test]
    fn running_program_can_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool.exe");
        let build = || fs::copy(std::env::current_exe().unwrap(), &file).unwrap();
        build();
        // Of the tests in this program it waits in one that reads stdin.
        let mut command = Command::new(&file);
        command.args(["--ignored", "--exact", "own_file::tests::waits"]).stdin(Stdio::piped());
        let mut running = command.stdout(Stdio::null()).spawn().unwrap();
        move_aside(&file, 1).unwrap();
        build();
        assert!(running.try_wait().unwrap().is_none(), "it still runs");
        drop(running.stdin.take());
        running.wait().unwrap();
        move_aside(&file, 2).unwrap();
        let left = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["tool-2.moved-aside"]);
    }

    /// What the test above runs.
    #[test]
    #[ignore = "it waits for the end of stdin"]
    fn waits() {
        io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
    }
}
