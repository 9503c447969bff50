//! What may be wrong with a frame.

use std::{
    error, fmt,
    io::{self, ErrorKind},
};

use crate::frame::LIMIT;

/// Why bytes are no message, or a message makes no frame.
#[derive(Debug)]
pub enum FrameError {
    /// A part has this many bytes, more than [`LIMIT`].
    TooLong(usize),
    /// The stream ended inside of a frame.
    Truncated,
    /// The payload is not the message that was expected.
    Malformed,
    /// The stream broke.
    Broken(io::Error),
}

impl From<io::Error> for FrameError {
    fn from(error: io::Error) -> FrameError {
        if error.kind() == ErrorKind::UnexpectedEof {
            FrameError::Truncated
        } else {
            FrameError::Broken(error)
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::TooLong(length) => write!(out, "a frame of {length} bytes, and {LIMIT} are allowed"),
            FrameError::Truncated => write!(out, "the end came inside of a frame"),
            FrameError::Malformed => write!(out, "a frame that holds another message than expected"),
            FrameError::Broken(error) => write!(out, "the channel broke: {error}"),
        }
    }
}

impl error::Error for FrameError {}
