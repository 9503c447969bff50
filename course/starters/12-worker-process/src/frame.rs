//! Frames: how a message keeps its beginning and its end in a stream of bytes; here it is a line of JSON.
//!
//! ```text
//!   {"id":0,"job":{"Upper":"tea"}}\n   {"id":0,"job":…
//!   ─one message──────────────────     the next one
//! ```

use std::{
    error, fmt,
    io::{self, BufRead, ErrorKind},
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest payload, in bytes: a length that lies costs no more memory than this.
pub const LIMIT: usize = 16 << 20;

/// Why bytes are no message, or a message makes no frame.
#[derive(Debug)]
pub enum FrameError {
    /// The payload has this many bytes, more than [`LIMIT`].
    TooLong(usize),
    /// The stream ended inside of a frame.
    Truncated,
    /// The payload is not the message that was expected.
    Malformed,
    /// The stream broke.
    Broken(io::Error),
}

/// Makes a frame of a message; it leaves in one write.
///
/// # Errors
/// When it is no message.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut line = serde_json::to_vec(message).map_err(|_| FrameError::Malformed)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads one message, and blocks the thread meanwhile; `None` at an end between two frames.
///
/// # Errors
/// When what comes is no frame, or holds another message.
pub fn read<T: DeserializeOwned>(input: &mut impl BufRead) -> Result<Option<T>, FrameError> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line)?;
    message(&line)
}

/// As [`read`], on an event loop. Cancelling it loses what it has read of a frame.
///
/// # Errors
/// As [`read`].
pub async fn receive<T: DeserializeOwned>(
    input: &mut (impl AsyncBufRead + Unpin),
) -> Result<Option<T>, FrameError> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line).await?;
    message(&line)
}

/// The message in a line.
fn message<T: DeserializeOwned>(line: &[u8]) -> Result<Option<T>, FrameError> {
    if line.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(line).map(Some).map_err(|_| FrameError::Malformed)
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
