//! One place of the pool, as its keeper sees it.

use std::{iter, mem, sync::Arc};

use crate::{
    desk::Desk,
    group::Group,
    message::Failure,
    state::{Doing, State},
    ticket::{Outcome, Ticket},
};

/// A keeper's side of the desk. Dropping it gives the place up.
pub struct Place {
    /// Which of all places it is.
    number: usize,
    /// What all of them share.
    desk: Arc<Desk>,
}

impl Place {
    /// One more place.
    pub fn at(desk: &Arc<Desk>) -> Place {
        let add = |state: &mut State| {
            state.places.push(Doing::Nothing);
            state.places.len() - 1
        };
        Place { number: desk.change(add), desk: Arc::clone(desk) }
    }

    /// Awaits that a worker is wanted here; `false` when the desk is closed and empty.
    pub async fn wanted(&self) -> bool {
        let look = |state: &mut State| {
            state.tidy();
            state.places[self.number] = Doing::Nothing;
            let wanted = state.wants_worker();
            if wanted {
                state.places[self.number] = Doing::Starting;
            }
            (wanted || state.is_over()).then_some(wanted)
        };
        self.desk.until(&self.desk.hiring, look).await
    }

    /// Awaits that the desk is closed and empty.
    pub async fn over(&self) {
        self.desk.until(&self.desk.end, |state| state.is_over().then_some(())).await;
    }

    /// Tells of a process: it is counted, and killed with the pool.
    pub fn started(&self, group: &Arc<Group>) {
        self.desk.change(|state| {
            state.workers.retain(|other| other.strong_count() > 0);
            state.workers.push(Arc::downgrade(group));
            state.started += 1;
        });
    }

    /// No worker starts here: if there is hope elsewhere, requests wait for that, and if not they are told why.
    pub fn failed(&self, why: &str) {
        let told = self.desk.change(|state| {
            state.tidy();
            state.places[self.number] = Doing::Nothing;
            state.failed = state.has_hope();
            let told = if state.failed { Default::default() } else { mem::take(&mut state.waiting) };
            state.answered += told.len() as u64;
            told
        });
        for ticket in told {
            let _ = ticket.caller.send(Err(Failure::NoWorker(why.to_owned())));
        }
    }

    /// Awaits the next request for a free worker; `None` when the desk is closed and empty. Cancelling it loses nothing.
    pub async fn next(&self) -> Option<Ticket> {
        let look = |state: &mut State| {
            // A worker that has come up shows that one can be started.
            state.failed &= state.places[self.number] != Doing::Starting;
            let mut waiting = iter::from_fn(|| state.waiting.pop_front());
            let ticket = waiting.find(|ticket| !ticket.caller.is_closed());
            state.places[self.number] = if ticket.is_some() { Doing::Busy } else { Doing::Free };
            (ticket.is_some() || state.closed).then_some(ticket)
        };
        self.desk.until(&self.desk.work, look).await
    }

    /// Gives a request its one answer.
    pub fn answer(&self, ticket: Ticket, outcome: Outcome) {
        self.desk.change(|state| {
            if state.places[self.number] == Doing::Busy {
                state.places[self.number] = Doing::Free;
            }
            state.answered += u64::from(!ticket.caller.is_closed());
        });
        // Counted before, and not under the lock: whoever is woken may ask the pool at once.
        let _ = ticket.caller.send(outcome);
    }

    /// The worker is about to end.
    pub fn vacate(&self) {
        self.desk.change(|state| state.places[self.number] = Doing::Nothing);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let left = self.desk.change(|state| {
            state.places[self.number] = Doing::Gone;
            state.closed |= state.is_deserted();
            // Nobody comes for those that wait still; their callers hear it by the drop.
            if state.is_deserted() { mem::take(&mut state.waiting) } else { Default::default() }
        });
        drop(left);
    }
}
