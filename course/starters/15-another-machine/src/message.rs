//! What travels between machines: the frames of lesson 13, and beside a request the time that it has.

use std::time::Duration;

use async_nats::{HeaderMap, Message};
use parts::process::{
    Answer, Failure, Job, Reply, Request,
    frame::{self, Carrier, Frame},
};

/// The header that says how many milliseconds a job may take. No clock travels: those of two machines differ.
const LIMIT: &str = "Thaw-Limit";

/// What comes of a job.
pub type Outcome = Result<Answer, Failure>;

/// A message, before it has a subject.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What stands beside the payload.
    pub headers: HeaderMap,
    /// A frame.
    pub payload: Vec<u8>,
}

/// A request, for a server that takes `most` bytes.
///
/// # Errors
/// When it is longer.
pub fn request(job: Job, limit: Duration, most: usize) -> Result<Letter, Failure> {
    let payload = framed(Request { id: 0, job }, most)?;
    let mut headers = HeaderMap::new();
    headers.insert(LIMIT, limit.as_millis().to_string());
    Ok(Letter { headers, payload })
}

/// The job in a request, and the time that it has; `None` when it is of another version of this course.
pub fn read_request(message: &Message) -> Option<(Job, Duration)> {
    let limit = message.headers.as_ref()?.get(LIMIT)?.as_str().parse().ok()?;
    let request: Request = frame::read(&mut &*message.payload).ok()??;
    Some((request.job, Duration::from_millis(limit)))
}

/// An answer, or that it is longer than the `most` bytes that the server takes.
pub fn reply(outcome: Outcome, most: usize) -> Letter {
    let short = |failure| framed(Reply { id: 0, result: Err(failure) }, usize::MAX).unwrap_or_default();
    let payload = framed(Reply { id: 0, result: outcome }, most).unwrap_or_else(short);
    Letter { headers: HeaderMap::new(), payload }
}

/// What a reply says.
pub fn read_reply(message: &Message) -> Outcome {
    let reply = frame::read(&mut &*message.payload).ok().flatten();
    reply.map_or_else(|| Err(other_version()), |reply: Reply| reply.result)
}

/// What is said of a frame that cannot be read.
pub fn other_version() -> Failure {
    Failure::Refused("it comes from another version of this course, or from something else".to_owned())
}

fn framed(message: impl Carrier, most: usize) -> Result<Vec<u8>, Failure> {
    let refused = |why: String| Failure::Refused(why);
    let frame = Frame::of(message).map_err(|error| refused(error.to_string()))?;
    let payload = [frame.head, frame.rest].concat();
    match payload.len() {
        length if length > most => Err(refused(format!("{length} bytes, and the server takes {most}"))),
        _ => Ok(payload),
    }
}
