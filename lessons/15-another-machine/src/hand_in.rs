//! Handing something in: it is the engine's when the engine has said so.

use async_nats::jetstream::{
    Error, ErrorCode,
    context::{PublishError, PublishErrorKind},
};
use parts::process::Failure;

use crate::{id::Id, line::Line, message::Letter, settings::Settings};

/// Hands a job or an answer in, below `root`. So far it is sent, and nobody says that it has arrived.
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
    let Letter { headers, payload } = letter;
    let sent = line.engine.publish_with_headers(id.below(root), headers, payload.into()).await;
    sent.map_or_else(|error| refusal(&error, settings).map_or(Ok(()), Err), |_| Ok(()))
}

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
