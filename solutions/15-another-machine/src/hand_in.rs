//! Handing something in: it is the engine's when the engine has said so.

use std::time::Duration;

use async_nats::{
    header::NATS_MESSAGE_ID,
    jetstream::{
        Error, ErrorCode,
        context::{PublishError, PublishErrorKind},
    },
};
use parts::process::Failure;
use tokio::time::sleep;

use crate::{id::Id, line::Line, message::Letter, settings::Settings};

/// The pause before another try.
const PAUSE: Duration = Duration::from_millis(100);

// ANCHOR: hand_in
/// Hands a job or an answer in, below `root`, until the engine confirms that it has it.
///
/// Cancelling it says nothing about whether the engine has it.
///
/// # Errors
/// When the engine will not have it, as it is full.
pub async fn hand_in(
    line: &Line,
    root: &str,
    id: &Id,
    letter: Letter,
    settings: &Settings,
) -> Result<(), Failure> {
    let Letter { mut headers, payload } = letter;
    // What the engine has already it does not take again: so trying again is safe.
    headers.insert(NATS_MESSAGE_ID, id.to_string());
    loop {
        let sent =
            line.engine.publish_with_headers(id.below(root), headers.clone(), payload.clone().into()).await;
        let confirmed = match sent {
            Ok(confirmation) => confirmation.await,
            Err(error) => Err(error),
        };
        match confirmed {
            Ok(_) => return Ok(()),
            Err(error) => refusal(&error, settings).map_or(Ok(()), Err)?,
        }
        sleep(PAUSE).await;
    }
}
// ANCHOR_END: hand_in

/// What is no use to try again.
fn refusal(error: &PublishError, settings: &Settings) -> Option<Failure> {
    let said = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>());
    match (error.kind(), said) {
        (PublishErrorKind::MaxPayloadExceeded, _) => Some(Failure::Refused(error.to_string())),
        (_, Some(said)) if said.error_code() == ErrorCode::STREAM_STORE_FAILED => {
            Some(Failure::Busy(settings.waiting))
        }
        _ => None,
    }
}
