//! How far a command is.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

/// How far one command is: shown as `/primes 12 %`.
pub struct Progress {
    /// What was typed first: `/primes`.
    name: String,
    /// When it began, for those that cannot say how far they are.
    began: Instant,
    /// How far it is, for those that can.
    percent: Percent,
}

/// How far a job is, told by the thread that does it, and read on the event loop.
#[derive(Clone)]
pub struct Percent(Arc<AtomicU32>);

impl Progress {
    /// That of a command which begins now.
    pub fn of(line: &str) -> Progress {
        let name = line.split(' ').next().unwrap_or(line).to_owned();
        Progress { name, began: Instant::now(), percent: Percent(Arc::new(AtomicU32::new(u32::MAX))) }
    }

    /// Where its job tells how far it is.
    pub fn percent(&self) -> Percent {
        self.percent.clone()
    }
}

impl Percent {
    /// Tells that `done` of `all` is done.
    pub fn tell(&self, done: u64, all: u64) {
        self.0.store((done as f64 / all as f64 * 100.0) as u32, Relaxed);
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent.0.load(Relaxed) {
            u32::MAX => write!(out, "{} {} s", self.name, self.began.elapsed().as_secs()),
            percent => write!(out, "{} {percent} %", self.name),
        }
    }
}
