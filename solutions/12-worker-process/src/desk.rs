//! Who waits for which reply.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{io::AsyncBufRead, sync::oneshot};

use crate::{
    frame::{self, FrameError},
    message::{Answer, Failure, Reply},
};

/// What comes of a request.
type Outcome = Result<Answer, Failure>;

/// Where callers wait; shared by them and by whoever reads the replies.
#[derive(Default)]
pub struct Desk(Mutex<State>);

#[derive(Default)]
struct State {
    /// How many requests there were: the number of the next one.
    requests: u64,
    /// The callers, by the number of their request.
    waiting: HashMap<u64, oneshot::Sender<Outcome>>,
    /// Why no more replies will come, once that is so.
    closed: Option<Failure>,
}

impl Desk {
    /// Takes a number for a new request, and a place to wait for its reply.
    ///
    /// # Errors
    /// When the desk is closed.
    pub fn expect(&self) -> Result<(u64, oneshot::Receiver<Outcome>), Failure> {
        let mut state = self.state();
        if let Some(why) = &state.closed {
            return Err(why.clone());
        }
        let (answer, outcome) = oneshot::channel();
        state.requests += 1;
        let id = state.requests;
        state.waiting.insert(id, answer);
        Ok((id, outcome))
    }

    /// Hands replies to their callers, to the end; says what is wrong with that, if anything is.
    pub async fn hear(&self, mut replies: impl AsyncBufRead + Unpin) -> Option<FrameError> {
        loop {
            match frame::receive(&mut replies).await {
                Ok(Some(reply)) => self.answer(reply),
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// Hands a reply to its caller; one whose caller is gone is thrown away.
    pub fn answer(&self, reply: Reply) {
        // Not under the lock: it wakes the caller, which may call again at once.
        let caller = self.state().waiting.remove(&reply.id);
        let _ = caller.map(|caller| caller.send(reply.result));
    }

    /// Tells all callers, those to come too, why no more replies will come.
    pub fn close(&self, why: Failure) {
        let callers = {
            let mut state = self.state();
            state.closed = Some(why.clone());
            mem::take(&mut state.waiting)
        };
        for caller in callers.into_values() {
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
