//! What a pool is told, and what it tells at its end.

use std::{fmt, thread, time::Duration};

/// How large a pool may become, and for how long it stays so.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many jobs may run at once, each on a thread of its own; 0 counts as 1.
    pub threads: usize,
    /// How many jobs may wait for a thread; the next one is refused.
    pub queue: usize,
    /// How long a thread waits for a job before it ends.
    pub keep_alive: Duration,
    /// What the threads are called: `pool 1`, `pool 2` and so on.
    pub name: &'static str,
    /// How large the stack of each thread is, in bytes.
    pub stack: usize,
}

impl Default for Settings {
    /// As many threads as Python's default: four more than cores, and at most 32.
    fn default() -> Settings {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let keep_alive = Duration::from_secs(10);
        Settings { threads: 32.min(cores + 4), queue: 1024, keep_alive, name: "pool", stack: 2 << 20 }
    }
}

/// What becomes of the jobs that wait when a pool is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// They are run, as long as there is time.
    Finish,
    /// They are dropped at once, and whoever awaits them hears `Refused::Abandoned`.
    Abandon,
}

/// What became of the jobs that a pool had when it was shut down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// How many ended since then, with a result or with a panic.
    pub finished: usize,
    /// How many were dropped before they began.
    pub abandoned: usize,
    /// How many still run, each on a thread that is abandoned with it; their futures give the results all the same.
    pub running: usize,
}

impl fmt::Display for Shutdown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} finished, {} abandoned, {} still running",
            self.finished, self.abandoned, self.running
        )
    }
}
