//! Where requests wait for a worker: a queue with an end.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, oneshot};

use crate::{
    frame::Frame,
    message::{Answer, Failure},
};

/// What comes of a request.
pub type Outcome = Result<Answer, Failure>;

/// A request, from the call to its one answer.
pub struct Ticket {
    /// Its number, which the reply repeats.
    pub id: u64,
    /// What the job is called, on the timeline.
    pub name: &'static str,
    /// What is written to a worker.
    pub frame: Frame,
    /// Takes the one answer; closed as soon as nobody waits for it.
    pub caller: oneshot::Sender<Outcome>,
}

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

/// What can be told about a pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// The processes that live, oldest first.
    pub workers: Vec<u32>,
    /// How many processes were started.
    pub started: u64,
    /// How many requests wait for a worker.
    pub waiting: usize,
    /// How many requests a worker has.
    pub running: usize,
    /// How many callers got an outcome, errors counted.
    pub answered: u64,
}

impl Desk {
    /// A desk where `room` requests may wait.
    pub fn new(room: usize) -> Desk {
        Desk { state: Mutex::default(), changed: Notify::new(), room }
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
            // Those whose callers have gone keep no place from others.
            state.waiting.retain(|ticket| !ticket.caller.is_closed());
        }
        if state.waiting.len() >= self.room {
            return Err(Failure::Busy(self.room));
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
            let (ticket, closed) = self.look();
            if ticket.is_some() || closed {
                return ticket;
            }
            changed.await;
        }
    }

    /// The next request, if one waits.
    pub fn take(&self) -> Option<Ticket> {
        self.look().0
    }

    /// Lines requests up again that no worker has begun, before all others.
    pub fn put_back(&self, tickets: impl DoubleEndedIterator<Item = Ticket> + ExactSizeIterator) {
        let mut state = self.state();
        state.stats.running -= tickets.len();
        tickets.rev().for_each(|ticket| state.waiting.push_front(ticket));
        drop(state);
        self.changed.notify_last();
    }

    /// Gives a request its one answer.
    pub fn answer(&self, ticket: Ticket, outcome: Outcome) {
        let mut state = self.state();
        state.stats.running -= 1;
        state.stats.answered += u64::from(ticket.caller.send(outcome).is_ok());
    }

    /// Takes no more requests; those that wait are still served.
    pub fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Notes that a worker has begun.
    pub fn hired(&self, worker: u32) {
        let mut state = self.state();
        state.stats.started += 1;
        state.stats.workers.push(worker);
    }

    /// Notes that a worker has ended.
    pub fn buried(&self, worker: u32) {
        self.state().stats.workers.retain(|hired| *hired != worker);
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        let state = self.state();
        Stats { waiting: state.waiting.len(), ..state.stats.clone() }
    }

    /// The next request that somebody waits for, and whether the desk is closed.
    fn look(&self) -> (Option<Ticket>, bool) {
        let mut state = self.state();
        let mut ticket = state.waiting.pop_front();
        while ticket.as_ref().is_some_and(|ticket| ticket.caller.is_closed()) {
            ticket = state.waiting.pop_front();
        }
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
