//! Answers on their way to whoever waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_nats::Message;
use futures_util::StreamExt;
use parts::process::Failure;
use tokio::sync::oneshot;

use crate::{
    id::{ANSWERS, Id},
    line::Line,
    message::{Outcome, read_reply},
};

/// Who waits for an answer, and which answers wait for somebody.
#[derive(Default)]
pub struct Answers {
    /// The state.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who waits, by the name of the job.
    callers: HashMap<Id, oneshot::Sender<Outcome>>,
    /// Answers for which nobody has asked yet.
    early: HashMap<Id, Message>,
}

impl Answers {
    /// Waits for the answer to a job from now on.
    ///
    /// # Errors
    /// When somebody waits for it already.
    pub async fn expect(&self, id: &Id) -> Result<oneshot::Receiver<Outcome>, Failure> {
        let (caller, answer) = oneshot::channel();
        let early = {
            let mut state = self.state();
            if state.callers.get(id).is_some_and(|other| !other.is_closed()) {
                return Err(Failure::Refused(format!("somebody waits for `{id}` already")));
            }
            state.callers.insert(id.clone(), caller);
            state.early.remove(id)
        };
        if let Some(message) = early {
            self.deliver(message);
        }
        Ok(answer)
    }

    /// Waits for it no longer; whoever has asked for it meanwhile still does.
    pub fn forget(&self, id: &Id) {
        let mut state = self.state();
        if state.callers.get(id).is_some_and(oneshot::Sender::is_closed) {
            state.callers.remove(id);
        }
    }

    /// Delivers what comes for a caller, until it is cancelled. So far what it does not hear is lost.
    pub async fn listen(self: Arc<Self>, line: Line, caller: String) {
        let Ok(mut answers) = line.client.subscribe(format!("{ANSWERS}.{caller}.*")).await else { return };
        while let Some(message) = answers.next().await {
            self.deliver(message);
        }
    }

    /// Gives an answer to its caller.
    fn deliver(&self, message: Message) {
        let caller = self.state().callers.remove(&Id::of(&message.subject));
        if let Some(caller) = caller {
            let _ = caller.send(read_reply(&message));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
