//! Frames: how a message keeps its beginning and its end in a stream of bytes.
//!
//! ```text
//!   00 00 00 06   2a 00 03 74 65 61     the next frame
//!   ─length────   ─request 42: tea─     00 00 …
//! ```

use std::{
    error, fmt,
    io::{self, BufRead, ErrorKind, Read},
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

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

// ANCHOR: encode
/// Makes a frame of a message; it leaves in one write.
///
/// # Errors
/// When the message is longer than [`LIMIT`]; then nothing was allocated for it.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let length = postcard::experimental::serialized_size(message).map_err(|_| FrameError::Malformed)?;
    let mut frame = Vec::with_capacity(4 + allowed(length)?);
    frame.extend((length as u32).to_be_bytes());
    postcard::to_io(message, frame).map_err(|_| FrameError::Malformed)
}
// ANCHOR_END: encode

// ANCHOR: read
/// Reads one message, and blocks the thread meanwhile; `None` at an end between two frames.
///
/// # Errors
/// When what comes is no frame, or holds another message.
pub fn read<T: DeserializeOwned>(input: &mut impl BufRead) -> Result<Option<T>, FrameError> {
    // Not `fill_buf`: a signal interrupts that, and is no end.
    let mut header = Vec::with_capacity(4);
    if input.by_ref().take(4).read_to_end(&mut header)? == 0 {
        return Ok(None);
    }
    let header: [u8; 4] = header.try_into().map_err(|_| FrameError::Truncated)?;
    let mut payload = vec![0; allowed(u32::from_be_bytes(header) as usize)?];
    input.read_exact(&mut payload)?;
    message(&payload)
}
// ANCHOR_END: read

/// As [`read`], on an event loop. Cancelling it loses what it has read of a frame.
///
/// # Errors
/// As [`read`].
pub async fn receive<T: DeserializeOwned>(
    input: &mut (impl AsyncBufRead + Unpin),
) -> Result<Option<T>, FrameError> {
    if input.fill_buf().await?.is_empty() {
        return Ok(None);
    }
    let mut header = [0; 4];
    input.read_exact(&mut header).await?;
    let mut payload = vec![0; allowed(u32::from_be_bytes(header) as usize)?];
    input.read_exact(&mut payload).await?;
    message(&payload)
}

/// The length of a payload, to be asked before anything is allocated for it.
fn allowed(length: usize) -> Result<usize, FrameError> {
    if length > LIMIT { Err(FrameError::TooLong(length)) } else { Ok(length) }
}

/// The message in a payload, which it must fill.
fn message<T: DeserializeOwned>(payload: &[u8]) -> Result<Option<T>, FrameError> {
    match postcard::take_from_bytes(payload) {
        Ok((message, [])) => Ok(Some(message)),
        _ => Err(FrameError::Malformed),
    }
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
