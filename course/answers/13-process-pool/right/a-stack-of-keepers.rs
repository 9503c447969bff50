//! RIGHT: keepers that have nothing to do wait on a stack, each with a channel of its own.
//! instead-of: desk.rs

use std::{
    collections::VecDeque,
    iter,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::{
    message::Failure,
    stats::Stats,
    ticket::{Outcome, Ticket},
};

/// What callers and keepers share.
pub struct Desk {
    /// The queue, and whether it is open.
    state: Mutex<State>,
    /// How many requests may wait.
    room: usize,
}

#[derive(Default)]
struct State {
    /// Requests that no worker has, oldest first.
    waiting: VecDeque<Ticket>,
    /// Keepers that have nothing to do: the one that came last is woken first.
    idle: Vec<oneshot::Sender<()>>,
    /// Whether no more are taken.
    closed: bool,
    /// What is counted.
    stats: Stats,
}

impl Desk {
    /// A desk where `room` requests may wait.
    pub fn new(room: usize) -> Desk {
        Desk { state: Mutex::default(), room }
    }

    /// Lines a request up.
    ///
    /// # Errors
    /// When too many wait already, or the desk is closed.
    pub fn hand_in(&self, ticket: Ticket) -> Result<(), Failure> {
        let mut state = self.state();
        if state.closed {
            return Err(Failure::Closed);
        }
        if state.waiting.len() >= self.room {
            // Whoever has gone keeps no place from others.
            state.waiting.retain(|ticket| !ticket.caller.is_closed());
        }
        if state.waiting.len() >= self.room {
            return Err(Failure::Busy(self.room));
        }
        state.waiting.push_back(ticket);
        drop(state);
        self.wake();
        Ok(())
    }

    /// Awaits the next request; `None` when the desk is closed and empty. Cancelling it loses nothing.
    pub async fn next(&self) -> Option<Ticket> {
        loop {
            let woken = {
                let mut state = self.state();
                let mut waiting = iter::from_fn(|| state.waiting.pop_front());
                let ticket = waiting.find(|ticket| !ticket.caller.is_closed());
                state.stats.running += usize::from(ticket.is_some());
                if ticket.is_some() || state.closed {
                    return ticket;
                }
                let (wake, woken) = oneshot::channel();
                state.idle.retain(|keeper| !keeper.is_closed());
                state.idle.push(wake);
                Woken(self, woken)
            };
            woken.wait().await;
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
        self.state().idle.clear();
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

    /// Wakes the keeper that came last and still waits.
    fn wake(&self) {
        let mut state = self.state();
        while let Some(keeper) = state.idle.pop() {
            if keeper.send(()).is_ok() {
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wake that was meant for a keeper; one that is dropped unused goes to another.
struct Woken<'a>(&'a Desk, oneshot::Receiver<()>);

impl Woken<'_> {
    async fn wait(mut self) {
        let _ = (&mut self.1).await;
    }
}

impl Drop for Woken<'_> {
    fn drop(&mut self) {
        self.1.close();
        if self.1.try_recv().is_ok() {
            self.0.wake();
        }
    }
}
