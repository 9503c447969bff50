//! Why a call into the event loop has no result; this file is given.

use std::{any::Any, error::Error, fmt, io};

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// This thread runs an event loop, and must not wait; the future was not begun.
    OnTheLoop,
    /// The future had not ended at the limit, and is cancelled.
    TimedOut,
    /// The future panicked, with this text.
    Panicked(String),
    /// The event loop has ended, and the future with it.
    LoopEnded,
    /// Nobody awaits the job that called any more, and the future is cancelled.
    Cancelled,
}

impl CallError {
    /// What a panic leaves: its text, if it has one.
    pub fn panicked(payload: Box<dyn Any + Send>) -> CallError {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied());
        CallError::Panicked(text.unwrap_or("without a text").into())
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::OnTheLoop => write!(out, "refused: this thread runs the event loop; await the future"),
            CallError::TimedOut => write!(out, "no answer in time"),
            CallError::Panicked(text) => write!(out, "the future panicked: {text}"),
            CallError::LoopEnded => write!(out, "the event loop has ended"),
            CallError::Cancelled => write!(out, "nobody waits for this job any more"),
        }
    }
}

impl Error for CallError {}

impl From<CallError> for io::Error {
    fn from(error: CallError) -> io::Error {
        io::Error::other(error)
    }
}
