//! Requests that are being written to a worker: many short ones at once, and behind them the bytes of a long one.

use std::{io::IoSlice, mem, sync::Arc};

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
    /// Whether other requests are to be written when all of it is.
    pub more: bool,
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

    /// What is not written, of the short frames and of the long bytes.
    pub fn left(&self) -> [IoSlice<'_>; 2] {
        let mut left =
            [IoSlice::new(&self.short), IoSlice::new(self.long.as_ref().map_or(&[], |(_, long)| long))];
        let of_short = self.written.min(self.short.len());
        left[0].advance(of_short);
        left[1].advance(self.written - of_short);
        left
    }

    /// How many bytes of it are not written.
    pub fn unwritten(&self) -> usize {
        self.left().iter().map(|part| part.len()).sum()
    }

    /// So many bytes more are written.
    pub fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        if self.unwritten() == 0 {
            let long = mem::take(&mut self.long);
            self.passed = long.filter(|(_, long)| long.len() > PASSES).map(|(id, _)| id);
            self.written = 0;
            self.short.clear();
        }
    }
}
