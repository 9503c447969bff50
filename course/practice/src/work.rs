//! Work in parts, for the lesson on cancellation: what it did can be counted from outside.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::Duration,
};

use crate::trace;

/// How long a part blocks its thread.
const PART: Duration = Duration::from_millis(200);

/// How many jobs hold a slot of a pool now.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// How many parts were finished in this process.
static FINISHED: AtomicUsize = AtomicUsize::new(0);

/// Counts a job as running until it is dropped, on a panic too.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Relaxed);
    }
}

/// What jobs have done until now; it prints as `1 running, 8 parts finished`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many jobs hold a slot of a pool now.
    pub running: usize,
    /// How many parts were finished in this process.
    pub finished: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} running, {} parts finished", self.running, self.finished)
    }
}

/// Runs `job` on the current thread, recorded, and counted as running meanwhile.
pub fn work<T>(name: &str, job: impl FnOnce() -> T) -> T {
    RUNNING.fetch_add(1, Relaxed);
    let _running = Running;
    trace::job(name, job)
}

/// Does one part: blocks the current thread for 200 ms, and counts.
pub fn work_part(_number: usize) {
    thread::sleep(PART);
    FINISHED.fetch_add(1, Relaxed);
}

/// What jobs have done until now.
pub fn progress() -> Progress {
    Progress { running: RUNNING.load(Relaxed), finished: FINISHED.load(Relaxed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A job counts while it runs and no longer, even when it panics; its parts count for good.
    #[test]
    fn running_jobs_and_finished_parts_are_counted() {
        let before = progress();
        let during = work("counted", || {
            work_part(0);
            progress()
        });
        assert_eq!(during, Progress { running: before.running + 1, finished: before.finished + 1 });
        let panicked = std::panic::catch_unwind(|| work("panics", || panic!("as it should")));
        assert!(panicked.is_err());
        assert_eq!(progress(), Progress { running: before.running, finished: before.finished + 1 });
    }
}
