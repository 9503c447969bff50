//! What a pool tells of itself.

use std::fmt;

/// What can be told about a pool at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// The processes that live, oldest first; those that start count too.
    pub workers: Vec<u32>,
    /// How many processes were started.
    pub started: u64,
    /// How many requests wait for a worker.
    pub waiting: usize,
    /// How many requests a worker has.
    pub running: usize,
    /// How many requests got their outcome, errors counted.
    pub answered: u64,
}

/// What became of the requests that a pool had when it was to shut down.
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
        let noun = if workers.len() == 1 { "worker" } else { "workers" };
        write!(out, "{} {noun} of {started} started, {running} running, ", workers.len())?;
        write!(out, "{waiting} waiting, {answered} answered")
    }
}
