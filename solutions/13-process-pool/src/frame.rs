//! Frames: how a message keeps its beginning and its end in a stream of bytes.
//!
//! New: bytes that a message carries follow it as they are; they are never copied into it.
//!
//! ```text
//!   00 00 00 03  00 00 00 05   07 03 00 …             74 65 61 …     the next frame
//!   ─lengths of both parts──   ─message, by postcard─  ─its bytes──   00 00 …
//! ```

use std::{
    io::{self, BufRead, Read, Write},
    mem,
};

use serde::{Serialize, de::DeserializeOwned};

pub use crate::frame_error::FrameError;

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
}

/// Reads one message, and blocks the thread meanwhile; `None` at an end between two frames.
///
/// # Errors
/// When what comes is no frame, or holds another message.
pub fn read<T: Carrier>(input: &mut impl BufRead) -> Result<Option<T>, FrameError> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut header = [0; 8];
    input.read_exact(&mut header)?;
    let (length, carried) = lengths(&header)?;
    let head = part(input, length)?;
    message(&head, part(input, carried)?).map(Some)
}

/// Reads as many bytes as were promised, into memory that nobody has filled before.
fn part(input: &mut impl BufRead, length: usize) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::with_capacity(length);
    let read = input.take(length as u64).read_to_end(&mut bytes)?;
    if read < length { Err(FrameError::Truncated) } else { Ok(bytes) }
}

/// The lengths that a header promises, checked before anything is allocated for them.
pub(crate) fn lengths(header: &[u8; 8]) -> Result<(usize, usize), FrameError> {
    let both = u64::from_be_bytes(*header);
    Ok((checked((both >> 32) as usize)?, checked(both as u32 as usize)?))
}

/// The message in `head`, which it must fill, with the bytes that it carries.
pub(crate) fn message<T: Carrier>(head: &[u8], bytes: Vec<u8>) -> Result<T, FrameError> {
    let Ok((mut message, [])) = postcard::take_from_bytes::<T>(head) else {
        return Err(FrameError::Malformed);
    };
    match message.bytes() {
        Some(place) => *place = bytes,
        None if bytes.is_empty() => {}
        None => return Err(FrameError::Malformed),
    }
    Ok(message)
}

fn checked(length: usize) -> Result<usize, FrameError> {
    if length > LIMIT { Err(FrameError::TooLong(length)) } else { Ok(length) }
}
