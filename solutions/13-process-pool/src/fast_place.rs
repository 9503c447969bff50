//! One place of the fast stage, as its keeper sees it.

use std::{mem, sync::Arc};

use crate::{
    fast_desk::Desk,
    fast_outbox::Outbox,
    fast_state::{Doing, State},
    fast_turn::Turn,
    group::Group,
    message::{Failure, Reply},
};

/// A keeper's side of the desk. Dropping it gives the place up.
pub struct Place {
    /// Which of all places it is.
    pub number: usize,
    /// What all of them share.
    pub desk: Arc<Desk>,
}

impl Place {
    /// Awaits that a worker is wanted here; `false` when the desk is over.
    pub async fn wanted(&self) -> bool {
        let look = |state: &mut State| {
            let wanted = state.wants_worker();
            if wanted {
                state.posts[self.number].doing = Doing::Starting;
            }
            (wanted || state.is_over()).then_some(wanted)
        };
        self.desk.until(&self.desk.hiring, look).await
    }

    /// Awaits that the desk is over.
    pub async fn over(&self) {
        self.desk.until(&self.desk.end, |state| state.is_over().then_some(())).await;
    }

    /// Tells of a process: it is counted, and killed with the pool.
    pub fn started(&self, group: &Arc<Group>) {
        self.desk.change(|state| {
            state.groups.retain(|other| other.strong_count() > 0);
            state.groups.push(Arc::downgrade(group));
            state.started += 1;
        });
    }

    /// No worker starts here: if there is hope elsewhere, requests wait for that, and if not they are told why.
    pub fn failed(&self, why: &str) {
        let told = self.desk.change(|state| {
            state.posts[self.number].doing = Doing::Nothing;
            state.failed = true;
            let told = if state.has_hope() { Default::default() } else { mem::take(&mut state.waiting) };
            state.answered += told.len() as u64;
            told
        });
        for ticket in told {
            let _ = ticket.caller.send(Err(Failure::NoWorker(why.to_owned())));
        }
    }

    /// The worker that started is there; that shows that one can be started.
    pub fn works(&self) {
        self.desk.change(|state| {
            state.posts[self.number].doing = Doing::Working;
            state.failed = false;
        });
    }

    /// One look for all; see [`State::turn`].
    pub fn turn(&self, replies: &mut Vec<Reply>, outbox: &mut Outbox) -> Turn {
        let mut turn = self.desk.change(|state| state.turn(self.number, replies, outbox));
        for (caller, outcome) in turn.told.drain(..) {
            // Counted before, and not under the lock: whoever is woken may ask the pool at once.
            let _ = caller.send(outcome);
        }
        turn
    }

    /// Awaits that something has changed for this place.
    pub async fn told(&self) {
        self.desk.work[self.number].notified().await;
    }

    /// This worker has nothing to do, and what others do takes long: takes over what waits behind that.
    pub fn relieve(&self) {
        self.desk.change(State::relieve);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let left = self.desk.change(|state| {
            let post = mem::take(&mut state.posts[self.number]);
            state.posts[self.number].doing = Doing::Gone;
            state.closed |= state.count(Doing::Gone) == state.posts.len();
            (post, state.abandoned())
        });
        // Their callers hear it by the drop.
        drop(left);
    }
}
