//! What has left the group of its worker, as `setsid` does: found, on Linux, by what it inherits.
//!
//! A worker is started with a mark in its environment, which whatever it starts gets too.
//! A job object of Windows needs no such help; elsewhere, and with its environment cleared, a stray lives on.

use std::{
    process::{self, Command},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The variable that holds the mark.
const VARIABLE: &str = "THAW_WORKER";

/// How many workers were marked.
static MARKED: AtomicU64 = AtomicU64::new(0);

/// Marks what `command` starts, and tells the mark.
pub fn mark(command: &mut Command) -> String {
    let mark = format!("{}-{}", process::id(), MARKED.fetch_add(1, Relaxed));
    command.env(VARIABLE, &mark);
    mark
}

/// Ends all that has the mark of this process, which is a worker; itself it spares.
pub fn end_mine() {
    if let Ok(mark) = std::env::var(VARIABLE) {
        end(&mark);
    }
}

/// Ends all that has the mark.
#[cfg(target_os = "linux")]
pub fn end(mark: &str) {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    // Looked for again, since one that is found late may have started another; not for ever, since dying takes time.
    for _ in 0..10 {
        let found = marked(&format!("{VARIABLE}={mark}"));
        if found.is_empty() {
            return;
        }
        for stray in found {
            let _ = kill(Pid::from_raw(stray), Signal::SIGKILL);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn end(_mark: &str) {}

/// The processes, this one left out, that have an entry in their environment.
#[cfg(target_os = "linux")]
fn marked(entry: &str) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_marked = |id: &i32| {
        let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|other| other == entry.as_bytes())
    };
    let ids = processes.flatten().filter_map(|process| process.file_name().to_str()?.parse().ok());
    ids.filter(|id| *id != process::id() as i32).filter(is_marked).collect()
}
