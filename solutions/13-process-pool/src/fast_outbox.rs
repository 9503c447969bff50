//! Requests that are being written to a worker: many short ones at once, and behind them the bytes of a long one.

use std::{mem, sync::Arc};

/// What is being written.
#[derive(Default)]
pub struct Outbox {
    /// Frames, as far as they are short.
    short: Vec<u8>,
    /// The bytes of the last one, where they are long, and its number.
    long: Option<(u64, Arc<Vec<u8>>)>,
    /// How much of both was written.
    written: usize,
    /// A request that the worker is known to have begun, since no pipe holds as much as was written of it.
    pub passed: Option<u64>,
}

/// More than a pipe may hold.
const PASSES: usize = 1 << 20;

impl Outbox {
    /// Whether all of it was written.
    pub fn is_empty(&self) -> bool {
        self.short.is_empty()
    }

    /// Adds a frame, and says whether another may follow.
    pub fn add(&mut self, id: u64, head: &[u8], rest: Option<&Arc<Vec<u8>>>) -> bool {
        self.short.extend(head);
        self.long = rest.map(|rest| (id, Arc::clone(rest)));
        self.long.is_none()
    }

    /// What is left of the part that is written now.
    pub fn left(&self) -> &[u8] {
        match (self.short.get(self.written..), &self.long) {
            (Some([]) | None, Some((_, long))) => &long[self.written - self.short.len()..],
            (short, _) => short.unwrap_or_default(),
        }
    }

    /// How many bytes of it are not written.
    pub fn unwritten(&self) -> usize {
        self.short.len() + self.long.as_ref().map_or(0, |(_, long)| long.len()) - self.written
    }

    /// So many bytes more are written.
    pub fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        if self.left().is_empty() {
            let long = mem::take(&mut self.long);
            self.passed = long.filter(|(_, long)| long.len() > PASSES).map(|(id, _)| id);
            self.written = 0;
            self.short.clear();
        }
    }
}
