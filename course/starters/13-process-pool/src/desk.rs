//! Where requests wait for a worker: a queue, so far without an end.

use std::{
    collections::VecDeque,
    iter,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{
    message::Failure,
    stats::Stats,
    ticket::{Outcome, Ticket},
};

/// What callers and keepers share.
pub struct Desk {
    /// The queue, and whether it is open.
    state: Mutex<State>,
    /// Told of each request, and of the closing.
    changed: Notify,
    /// How many requests may wait.
    room: usize,
}

#[derive(Default)]
struct State {
    /// Requests that no worker has, oldest first.
    waiting: VecDeque<Ticket>,
    /// Whether no more are taken.
    closed: bool,
    /// What is counted.
    stats: Stats,
}

impl Desk {
    /// A desk where `room` requests may wait.
    pub fn new(room: usize) -> Desk {
        Desk { state: Mutex::default(), changed: Notify::new(), room }
    }

    /// Lines a request up.
    ///
    /// # Errors
    /// When the desk is closed.
    pub fn hand_in(&self, ticket: Ticket) -> Result<(), Failure> {
        let mut state = self.state();
        if state.closed {
            return Err(Failure::Closed);
        }
        state.waiting.push_back(ticket);
        drop(state);
        // The worker that was busy last is warm, and one that never was need not be started.
        self.changed.notify_last();
        Ok(())
    }

    /// Awaits the next request; `None` when the desk is closed and empty. Cancelling it loses nothing.
    pub async fn next(&self) -> Option<Ticket> {
        loop {
            let changed = self.changed.notified();
            match self.look() {
                (None, false) => changed.await,
                (ticket, _) => return ticket,
            }
        }
    }

    /// Gives a request its one answer.
    pub fn answer(&self, ticket: Ticket, outcome: Outcome) {
        // Locked meanwhile: whoever gets the answer finds it counted.
        let mut state = self.state();
        state.stats.running -= 1;
        state.stats.answered += u64::from(ticket.caller.send(outcome).is_ok());
    }

    /// Takes no more requests; those that wait are still served.
    pub fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
    }

    /// Counts something.
    pub fn count(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.state().stats);
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        let state = self.state();
        Stats { waiting: state.waiting.len(), ..state.stats.clone() }
    }

    /// The next request that somebody waits for, and whether the desk is closed.
    fn look(&self) -> (Option<Ticket>, bool) {
        let mut state = self.state();
        let mut waiting = iter::from_fn(|| state.waiting.pop_front());
        let ticket = waiting.find(|ticket| !ticket.caller.is_closed());
        state.stats.running += usize::from(ticket.is_some());
        if !state.waiting.is_empty() {
            // Two requests may have been told as one.
            self.changed.notify_last();
        }
        (ticket, state.closed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
