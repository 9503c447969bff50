//! A machine's answers: one is handed in while the next job comes.

use std::io;

use async_nats::jetstream::{AckKind, Message};
use practice::complain;
use tokio::task::{self, JoinHandle};

use crate::{
    hand_in::hand_in,
    id::{ANSWERS, Id},
    line::Line,
    message::{Outcome, reply},
    settings::Settings,
};

/// Hands answers in, and confirms their jobs then.
pub struct Answering {
    /// The line to the server.
    line: Line,
    /// What the machine was told.
    settings: Settings,
    /// The answer that is on its way.
    last: Option<JoinHandle<()>>,
}

impl Answering {
    /// Nothing is on its way yet.
    pub fn new(line: &Line, settings: &Settings) -> Answering {
        Answering { line: line.clone(), settings: settings.clone(), last: None }
    }

    // ANCHOR: answer
    /// Takes an answer as soon as the one before is handed in. Cancelling it leaves the job to another machine.
    pub async fn hand_in(&mut self, message: Message, outcome: Option<Outcome>) {
        self.ended().await;
        self.last = Some(task::spawn(answer(self.line.clone(), self.settings.clone(), message, outcome)));
    }

    /// Awaits that nothing is on its way.
    pub async fn ended(&mut self) {
        if let Some(last) = &mut self.last {
            let _ = last.await;
        }
        self.last = None;
    }
}

/// Hands an answer in, if anybody wants it, and confirms its job then.
async fn answer(line: Line, settings: Settings, message: Message, outcome: Option<Outcome>) {
    let id = Id::of(&message.subject);
    if let Some(outcome) = outcome {
        let letter = reply(outcome, line.most());
        if let Err(failure) = hand_in(&line, ANSWERS, &id, letter, &settings).await {
            complain(&io::Error::other(format!("the answer to {id} is not taken: {failure}")));
            let _ = message.ack_with(AckKind::Nak(Some(settings.silence))).await;
            return;
        }
    }
    let _ = message.ack().await;
}
// ANCHOR_END: answer
