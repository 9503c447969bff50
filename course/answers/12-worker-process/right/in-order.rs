//! RIGHT: replies come in the order of the requests, so a queue of callers stands for the numbers.
//! instead-of: desk.rs

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::message::{Answer, Failure, Reply};

/// What comes of a request.
type Outcome = Result<Answer, Failure>;

/// Where callers wait, in the order of their requests; a cancelled one keeps its place.
#[derive(Default)]
pub struct Desk(Mutex<State>);

#[derive(Default)]
struct State {
    /// The number of the request whose caller is first in the queue.
    first: u64,
    /// One for each request without a reply; `None` where the reply came out of turn.
    waiting: VecDeque<Option<oneshot::Sender<Outcome>>>,
    /// Why no more replies will come, once that is so.
    closed: Option<Failure>,
}

impl Desk {
    /// Takes the next place in the queue.
    pub fn expect(&self) -> Result<(u64, oneshot::Receiver<Outcome>), Failure> {
        let mut state = self.state();
        if let Some(why) = &state.closed {
            return Err(why.clone());
        }
        let (answer, outcome) = oneshot::channel();
        state.waiting.push_back(Some(answer));
        Ok((state.first + state.waiting.len() as u64 - 1, outcome))
    }

    /// Hands a reply to the caller at its place; a request that was refused has its reply out of turn.
    pub fn answer(&self, reply: Reply) {
        let mut state = self.state();
        let place = reply.id.checked_sub(state.first).map(|place| place as usize);
        if let Some(caller) = place.and_then(|place| state.waiting.get_mut(place)?.take()) {
            let _ = caller.send(reply.result);
        }
        while let Some(None) = state.waiting.front() {
            state.waiting.pop_front();
            state.first += 1;
        }
    }

    /// Tells all callers, those to come too, why no more replies will come.
    pub fn close(&self, why: Failure) {
        let mut state = self.state();
        state.closed = Some(why.clone());
        for caller in state.waiting.drain(..).flatten() {
            let _ = caller.send(Err(why.clone()));
        }
    }

    /// Whether replies may still come.
    pub fn is_open(&self) -> bool {
        self.state().closed.is_none()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
