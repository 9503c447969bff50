//! What the system knows: processes, open files, memory. Where there is no `/proc`, nothing is asserted.

use std::{fmt, fs, process, time::Duration};

use checks::descendants;
use tokio::time::sleep;

/// How much more memory may be held after a run.
const SLACK: u64 = 16 << 10;

/// What this process holds.
#[derive(Debug, PartialEq)]
pub struct Held {
    /// Open files.
    files: usize,
    /// Memory, in KiB.
    memory: u64,
}

impl Held {
    /// What it holds now.
    pub fn now() -> Held {
        let files = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        Held { files, memory }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} open files, {} MiB", self.files, self.memory >> 10)
    }
}

/// The letter of a process's state; `None` where there is none.
pub fn state(process: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// All processes that descend from this one.
pub fn children(process: u32) -> Vec<u32> {
    descendants(process).unwrap_or_default()
}

/// Waits until what is held is what was held before, and no child is a zombie.
pub async fn settles(before: &Held) {
    for _ in 0..500 {
        let now = Held::now();
        let zombies = children(process::id()).into_iter().filter(|child| state(*child) == Some('Z')).count();
        if now.files == before.files && zombies == 0 && now.memory <= before.memory + SLACK {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("before: {before}; after: {}; children: {:?}", Held::now(), children(process::id()));
}

/// Waits until no child is left, not even as a zombie.
pub async fn no_children() {
    for _ in 0..500 {
        if children(process::id()).is_empty() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("these are left: {:?}", children(process::id()));
}
