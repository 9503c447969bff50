//! Reading frames: in a worker, which may block, and on an event loop.

use std::io::{self, BufRead, ErrorKind, Read};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use crate::frame::{Carrier, FrameError, checked};

/// Reads one message, and blocks the thread meanwhile; `None` at an end between two frames.
///
/// # Errors
/// When what comes is no frame, or holds another message.
pub fn read<T: Carrier>(input: &mut impl BufRead) -> Result<Option<T>, FrameError> {
    if has_ended(input)? {
        return Ok(None);
    }
    let mut header = [0; 8];
    input.read_exact(&mut header)?;
    let [length, carried] = lengths(header)?;
    let (mut head, mut bytes) = (Vec::with_capacity(length), Vec::with_capacity(carried));
    let read = input.take(length as u64).read_to_end(&mut head)?
        + input.take(carried as u64).read_to_end(&mut bytes)?;
    if read < length + carried { Err(FrameError::Truncated) } else { message(&head, bytes) }
}

/// Whether nothing more comes; a signal in the meantime says nothing about that.
fn has_ended(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            filled => return Ok(filled?.is_empty()),
        }
    }
}

/// As [`read`], on an event loop. Cancelling it loses what it has read of a frame.
///
/// # Errors
/// As [`read`].
pub async fn receive<T: Carrier>(input: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<T>, FrameError> {
    if input.fill_buf().await?.is_empty() {
        return Ok(None);
    }
    let mut header = [0; 8];
    input.read_exact(&mut header).await?;
    let [length, carried] = lengths(header)?;
    let head = part(input, length).await?;
    message(&head, part(input, carried).await?)
}

/// Reads `length` bytes into memory that was not filled with zeros before.
async fn part(input: &mut (impl AsyncBufRead + Unpin), length: usize) -> Result<Vec<u8>, FrameError> {
    let mut part = Vec::with_capacity(length);
    while part.len() < length {
        if input.take((length - part.len()) as u64).read_buf(&mut part).await? == 0 {
            return Err(FrameError::Truncated);
        }
    }
    Ok(part)
}

/// The lengths that a header promises, checked before anything is allocated for them.
pub(crate) fn lengths(header: [u8; 8]) -> Result<[usize; 2], FrameError> {
    let both = u64::from_be_bytes(header);
    Ok([checked((both >> 32) as usize)?, checked(both as u32 as usize)?])
}

/// The message in `head`, which it must fill, with the bytes that it carries.
pub(crate) fn message<T: Carrier>(head: &[u8], bytes: Vec<u8>) -> Result<Option<T>, FrameError> {
    let malformed = Err(FrameError::Malformed);
    let Ok((mut message, [])) = postcard::take_from_bytes::<T>(head) else { return malformed };
    match message.bytes() {
        Some(place) => *place = bytes,
        None if bytes.is_empty() => {}
        None => return malformed,
    }
    Ok(Some(message))
}
