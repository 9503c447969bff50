//! Answers on their way to whoever waits: the engine has each until its caller does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_nats::jetstream::Message;
use futures_util::StreamExt;
use parts::process::Failure;
use tokio::{sync::oneshot, time::sleep};

use crate::{
    id::Id,
    message::{Outcome, read_reply},
    settings::Settings,
    streams::Streams,
};

/// The pause before another try to reach the engine.
const PAUSE: Duration = Duration::from_millis(100);

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
    /// Answers for which nobody has asked yet; the engine still has them.
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
            self.deliver(message).await;
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

    // ANCHOR: listen
    /// Delivers what comes for a caller, until it is cancelled.
    pub async fn listen(self: Arc<Self>, streams: Streams, caller: String, settings: Settings) {
        loop {
            // It ends with its consumer, as when the engine has forgotten that one.
            if let Ok(mut answers) = streams.for_caller(&caller, &settings).await {
                while let Some(Ok(message)) = answers.next().await {
                    self.deliver(message).await;
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Gives an answer to its caller, and confirms it then: now the engine may forget it.
    async fn deliver(&self, message: Message) {
        let id = Id::of(&message.subject);
        let caller = self.state().callers.remove(&id);
        let is_told = caller.is_some_and(|caller| caller.send(read_reply(&message)).is_ok());
        if !is_told && id.is_named() {
            // Somebody may ask for it yet.
            self.state().early.insert(id, message);
            return;
        }
        let _ = message.ack().await;
    }
    // ANCHOR_END: listen

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
