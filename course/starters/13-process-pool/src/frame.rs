//! Frames: how a message keeps its beginning and its end in a stream of bytes.
//!
//! New: bytes that a message carries follow it as they are; they are never copied into it.
//!
//! ```text
//!   00 00 00 03  00 00 00 05   07 03 00 …             74 65 61 …     the next frame
//!   ─lengths of both parts──   ─message, by postcard─  ─its bytes──   00 00 …
//! ```

use std::{
    io::{self, Write},
    mem,
};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncWrite, AsyncWriteExt};

pub use crate::{
    frame_error::FrameError,
    reading::{read, receive},
};

/// The longest part of a frame, in bytes: a length that lies costs no more memory than this.
pub const LIMIT: usize = 16 << 20;

/// Bytes up to this many are joined with their message, to leave in one write.
const SHORT: usize = 16 << 10;

/// A message that may carry bytes.
pub trait Carrier: Serialize + DeserializeOwned {
    /// The bytes that it carries, if it can; they are left out when it is serialized.
    fn bytes(&mut self) -> Option<&mut Vec<u8>>;
}

/// A message on its way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The lengths, the message, and its bytes where they are short.
    pub head: Vec<u8>,
    /// Its bytes where they are long.
    pub rest: Vec<u8>,
}

impl Frame {
    /// Makes a frame of a message.
    ///
    /// # Errors
    /// When a part is longer than [`LIMIT`].
    pub fn of(mut message: impl Carrier) -> Result<Frame, FrameError> {
        let mut rest = message.bytes().map(mem::take).unwrap_or_default();
        let length = postcard::experimental::serialized_size(&message).map_err(|_| FrameError::Malformed)?;
        let joined = if rest.len() > SHORT { 0 } else { rest.len() };
        let mut head = Vec::with_capacity(8 + checked(length)? + joined);
        head.extend((length as u32).to_be_bytes());
        head.extend((checked(rest.len())? as u32).to_be_bytes());
        let mut head = postcard::to_io(&message, head).map_err(|_| FrameError::Malformed)?;
        head.extend(rest.drain(..joined));
        Ok(Frame { head, rest })
    }

    /// Writes all of it, and blocks the thread meanwhile.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn write(&self, output: &mut impl Write) -> io::Result<()> {
        output.write_all(&self.head)?;
        output.write_all(&self.rest)
    }

    /// As [`Frame::write`], on an event loop. Cancelling it leaves half of a frame behind.
    ///
    /// # Errors
    /// As [`Frame::write`].
    pub async fn send(&self, output: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        output.write_all(&self.head).await?;
        output.write_all(&self.rest).await
    }
}

/// The length, if it is allowed.
pub(crate) fn checked(length: usize) -> Result<usize, FrameError> {
    if length > LIMIT { Err(FrameError::TooLong(length)) } else { Ok(length) }
}
