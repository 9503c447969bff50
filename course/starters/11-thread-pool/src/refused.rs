//! Why a job has no result.

use std::{error::Error, fmt, io};

/// Why a job has no result: it never began, and its closure was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// As many jobs wait as may wait.
    Full,
    /// A job of the same pool handed it in, and no thread was free for it.
    Nested,
    /// The pool was shut down before.
    Closed,
    /// The pool was shut down while the job waited.
    Abandoned,
    /// The pool has no thread, and the system starts none.
    NoThread(io::ErrorKind),
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full => write!(out, "the pool is busy, and its queue is full"),
            Refused::Nested => write!(out, "no thread of the pool is free for a job inside of a job"),
            Refused::Closed => write!(out, "the pool is shut down"),
            Refused::Abandoned => write!(out, "the pool was shut down before the job began"),
            Refused::NoThread(kind) => write!(out, "the pool has no thread: {kind}"),
        }
    }
}

impl Error for Refused {}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::other(refused)
    }
}
