//! What can be told about the places where work runs.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use parts::process;

use crate::places::Places;

/// How busy a pool of threads is, counted from outside.
#[derive(Default)]
pub struct Load {
    /// Jobs that somebody waits for.
    awaited: Arc<AtomicUsize>,
    /// Jobs that a thread is at, whoever waits for them.
    running: Arc<AtomicUsize>,
}

/// Counts one job until it is dropped.
pub struct Token(Arc<AtomicUsize>);

/// Counts one job while it runs.
pub struct Running(Arc<AtomicUsize>);

impl Load {
    /// A token for whoever waits for a job, and one for the job itself.
    pub fn enter(&self) -> (Token, Running) {
        (Token::of(&self.awaited), Running(self.running.clone()))
    }
}

impl Running {
    /// Does the job, counted meanwhile.
    pub fn during<T>(self, job: impl FnOnce() -> T) -> T {
        let _token = Token::of(&self.0);
        job()
    }
}

impl Token {
    fn of(count: &Arc<AtomicUsize>) -> Token {
        count.fetch_add(1, Relaxed);
        Token(count.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// What `/stats` prints.
pub struct Stats<'a> {
    /// The longest time for which the event loop did not run.
    longest_freeze: Duration,
    /// Where work runs.
    places: &'a Places,
    /// What the process pool tells of itself.
    workers: process::Stats,
}

impl Stats<'_> {
    /// Looks at the loop and at the places now.
    pub fn of(places: &Places) -> Stats<'_> {
        Stats { longest_freeze: places.heartbeat.longest_freeze(), places, workers: places.workers.stats() }
    }
}

impl fmt::Display for Stats<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process::Stats { workers, started, waiting, running, answered } = &self.workers;
        writeln!(out, "longest freeze {} ms", self.longest_freeze.as_millis())?;
        writeln!(out, "   blocking pool: {}", self.places.blocking_load)?;
        writeln!(out, "   CPU pool: {}", self.places.cpu_load)?;
        writeln!(out, "   process pool: {running} running, {waiting} waiting, {answered} answered")?;
        write!(out, "   worker processes: {} live, {started} started", workers.len())
    }
}

impl fmt::Display for Load {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} running, {} awaited", self.running.load(Relaxed), self.awaited.load(Relaxed))
    }
}
