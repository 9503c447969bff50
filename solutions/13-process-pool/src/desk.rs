//! Where requests wait for a worker: a queue with an end.

use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::{message::Failure, state::State, stats::Stats, ticket::Ticket};

/// What callers and keepers share.
#[derive(Default)]
pub struct Desk {
    /// Locked for moments only: whoever is woken is woken after it.
    state: Mutex<State>,
    /// Wakes a keeper whose worker is free.
    pub work: Notify,
    /// Wakes a keeper without a worker.
    pub hiring: Notify,
    /// Wakes whoever waits for an end: of the work, and of all keepers.
    pub end: Notify,
    /// How many requests may wait.
    room: usize,
}

impl Desk {
    /// A desk where `room` requests may wait.
    pub fn new(room: usize) -> Desk {
        Desk { room, ..Desk::default() }
    }

    /// Lines a request up.
    ///
    /// # Errors
    /// When too many wait already, or the desk is closed.
    pub fn hand_in(&self, ticket: Ticket) -> Result<(), Failure> {
        self.change(|state| {
            if state.closed {
                return Err(Failure::Closed);
            }
            if state.is_full(self.room) {
                // Whoever has gone keeps no place from others.
                state.tidy();
            }
            if state.is_full(self.room) {
                return Err(Failure::Busy(self.room));
            }
            // A new request is a new reason to try, unless all depends on those that start now.
            state.failed &= !state.has_workers();
            state.waiting.push_back(ticket);
            Ok(())
        })
    }

    /// Takes no more requests; those that wait are still served. Tells what there was to do.
    pub fn close(&self) -> Stats {
        self.change(|state| {
            state.closed = true;
            state.tidy();
            state.stats()
        })
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        self.state().stats()
    }

    /// Awaits that all keepers have ended.
    pub async fn deserted(&self) {
        self.until(&self.end, |state| state.is_deserted().then_some(())).await;
    }

    /// Kills all workers, whether or not their keepers have a turn.
    pub fn kill(&self) {
        let workers = std::mem::take(&mut self.state().workers);
        workers.iter().filter_map(Weak::upgrade).for_each(|group| drop(group.kill()));
    }

    /// Looks, and looks again whenever `told`, until there is something to see.
    pub async fn until<T>(&self, told: &Notify, look: impl Fn(&mut State) -> Option<T>) -> T {
        loop {
            // Before the look: what changes after it is told to this.
            let told = told.notified();
            if let Some(seen) = self.change(&look) {
                return seen;
            }
            told.await;
        }
    }

    /// Changes what the desk knows, and wakes whom that concerns.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let before = (state.is_over(), state.is_deserted());
        let changed = change(&mut state);
        let now = (state.is_over(), state.is_deserted());
        let (waits, wants_worker) = (!state.waiting.is_empty(), state.wants_worker());
        drop(state);
        if now != before {
            for whoever in [&self.work, &self.hiring, &self.end] {
                whoever.notify_waiters();
            }
        }
        if waits {
            // The worker that was busy last is warm.
            self.work.notify_last();
        }
        if wants_worker {
            self.hiring.notify_one();
        }
        changed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
