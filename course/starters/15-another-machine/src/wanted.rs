//! Whether a job that a machine does is still wanted: by word of its caller, or by a look at the engine.

use std::{future::pending, time::Duration};

use async_nats::{
    Subscriber,
    jetstream::{
        AckKind, Message,
        stream::{RawMessageErrorKind, Stream},
    },
};
use futures_util::StreamExt;
use tokio::time::sleep;

use crate::id::Id;

/// Waits for the word that nobody waits for a job any more.
pub async fn hears_of(id: &Id, cancelled: &mut Subscriber) {
    while let Some(word) = cancelled.next().await {
        if Id::of(&word.subject) == *id {
            return;
        }
    }
    pending().await
}

/// Says "in progress" often enough, until the engine has the job no longer: its caller has cancelled it.
pub async fn is_gone(message: &Message, jobs: &Stream, silence: Duration) {
    let Ok(sequence) = message.info().map(|info| info.stream_sequence) else { return pending().await };
    loop {
        sleep(silence / 3).await;
        let _ = message.ack_with(AckKind::Progress).await;
        let found = jobs.get_raw_message(sequence).await;
        if found.is_err_and(|error| error.kind() == RawMessageErrorKind::NoMessageFound) {
            return;
        }
    }
}
