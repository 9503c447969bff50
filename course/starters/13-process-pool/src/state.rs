//! What a desk knows, and the rules that follow from it.

use std::{collections::VecDeque, sync::Weak};

use crate::{group::Group, stats::Stats, ticket::Ticket};

/// What one place of the pool is at.
#[derive(Clone, Copy, PartialEq)]
pub enum Doing {
    /// It has no worker.
    Nothing,
    /// Its worker is not there yet.
    Starting,
    /// Its worker has nothing to do.
    Free,
    /// Its worker has a request.
    Busy,
    /// Its keeper has ended.
    Gone,
}

/// What callers and keepers share, under the lock of the desk.
#[derive(Default)]
pub struct State {
    /// Requests that no worker has, oldest first.
    pub waiting: VecDeque<Ticket>,
    /// What each place is at.
    pub places: Vec<Doing>,
    /// The processes, oldest first, to be ended with the pool.
    pub workers: Vec<Weak<Group>>,
    /// Whether no more requests are taken.
    pub closed: bool,
    /// Whether a start has failed, and others are left to do the work.
    pub failed: bool,
    /// How many processes were started.
    pub started: u64,
    /// How many requests got their outcome.
    pub answered: u64,
}

impl State {
    /// How many places are at this.
    pub fn count(&self, doing: Doing) -> usize {
        self.places.iter().filter(|place| **place == doing).count()
    }

    /// Whether nothing is left to do, and nothing more comes.
    pub fn is_over(&self) -> bool {
        self.closed && self.waiting.is_empty()
    }

    /// Whether all keepers have ended.
    pub fn is_deserted(&self) -> bool {
        self.count(Doing::Gone) == self.places.len()
    }

    /// Whether `room` requests wait, beyond those that have a place: one that is free, or that may still get a worker.
    pub fn is_full(&self, room: usize) -> bool {
        self.waiting.len() >= room + self.places.len() - self.count(Doing::Busy)
    }

    /// Whether one more worker is wanted: free ones come first, then those that start already.
    pub fn wants_worker(&self) -> bool {
        let coming = self.count(Doing::Free) + self.count(Doing::Starting);
        self.waiting.len() > coming && !(self.failed && self.has_hope())
    }

    /// Whether a worker lives.
    pub fn has_workers(&self) -> bool {
        self.count(Doing::Free) + self.count(Doing::Busy) > 0
    }

    /// Whether a worker lives, or is about to: then whoever waits may still be served.
    pub fn has_hope(&self) -> bool {
        self.has_workers() || self.count(Doing::Starting) > 0
    }

    /// Forgets requests that nobody waits for.
    pub fn tidy(&mut self) {
        self.waiting.retain(|ticket| !ticket.caller.is_closed());
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        Stats {
            workers: self.workers.iter().filter_map(|group| group.upgrade()?.id()).collect(),
            started: self.started,
            waiting: self.waiting.iter().filter(|ticket| !ticket.caller.is_closed()).count(),
            running: self.count(Doing::Busy),
            answered: self.answered,
        }
    }
}
