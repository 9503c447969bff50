//! How far the running commands are.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

/// The commands that run now.
#[derive(Default)]
pub struct Board(Mutex<Vec<Weak<Entry>>>);

/// One command; it is on the board for as long as this lives.
pub struct Entry {
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

impl Board {
    /// Puts a command on the board.
    pub fn enter(&self, line: &str) -> Arc<Entry> {
        let name = line.split(' ').next().unwrap_or(line).to_owned();
        let percent = Percent(Arc::new(AtomicU32::new(u32::MAX)));
        let entry = Arc::new(Entry { name, began: Instant::now(), percent });
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.strong_count() > 0);
        entries.push(Arc::downgrade(&entry));
        entry
    }
}

impl Entry {
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

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent.0.load(Relaxed) {
            u32::MAX => write!(out, "{} {} s", self.name, self.began.elapsed().as_secs()),
            percent => write!(out, "{} {percent} %", self.name),
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = entries.iter().filter_map(Weak::upgrade).map(|entry| entry.to_string());
        out.write_str(&running.collect::<Vec<_>>().join(", "))
    }
}
