//! What a pool tells of itself.

use std::fmt;

/// What can be told about a pool at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// The processes that live, oldest first.
    pub workers: Vec<u32>,
    /// How many processes were started.
    pub started: u64,
    /// How many requests wait for a worker.
    pub waiting: usize,
    /// How many requests a worker has.
    pub running: usize,
    /// How many callers got an outcome, errors counted.
    pub answered: u64,
}

/// What was going on when a pool was shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutDown {
    /// How many requests got their outcome in time.
    pub finished: u64,
    /// How many did not: they were killed, or never began.
    pub killed: u64,
}

impl fmt::Display for Stats {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { workers, started, waiting, running, answered } = self;
        write!(out, "{} workers of {started} started, {running} running, ", workers.len())?;
        write!(out, "{waiting} waiting, {answered} answered")
    }
}
