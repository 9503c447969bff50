//! What a pool is told.

use std::{path::PathBuf, time::Duration};

/// What a pool is told when it is made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program that a worker runs, with the flag `--worker`; without one it is this program.
    pub program: Option<PathBuf>,
    /// How many workers there may be.
    pub workers: usize,
    /// How many more workers are started and wait, so that the next one after a death is there; the fast stage heeds it.
    pub spare: usize,
    /// How many requests may wait, beyond those for which a worker is free, or may still be started.
    pub waiting: usize,
    /// How long a new worker may take to say that it is there.
    pub start: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            program: None,
            workers: practice::cores(),
            spare: 0,
            waiting: 1024,
            start: Duration::from_secs(5),
        }
    }
}
