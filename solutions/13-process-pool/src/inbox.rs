//! Frames as they come from a worker, on an event loop.

use std::{io, mem};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::frame::{self, Carrier, FrameError};

/// How much room there is for what comes next, at least.
const PIECE: usize = 16 << 10;

/// The messages of a stream.
pub struct Inbox<R> {
    /// Where they come from.
    input: R,
    /// What was read and not yet taken; it stays when [`Inbox::next`] is cancelled.
    buffer: Vec<u8>,
    /// Where the next frame begins in it.
    begin: usize,
    /// The bytes that the next message carries, as far as they have come; they stay likewise.
    bytes: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Inbox<R> {
    /// The messages that come from `input`.
    pub fn new(input: R) -> Inbox<R> {
        Inbox { input, buffer: Vec::new(), begin: 0, bytes: Vec::new() }
    }

    /// Awaits the next message; `None` at an end between two frames. Cancelling it loses nothing.
    ///
    /// # Errors
    /// When what comes is no frame, or holds another message.
    pub async fn next<T: Carrier>(&mut self) -> Result<Option<T>, FrameError> {
        // Each step finds what an earlier call, which was cancelled in it, has read already.
        if !self.has(1).await? {
            return Ok(None);
        }
        if !self.has(8).await? {
            return Err(FrameError::Truncated);
        }
        let header = self.buffer[self.begin..].first_chunk().ok_or(FrameError::Truncated)?;
        let (length, carried) = frame::lengths(header)?;
        if !self.has(8 + length).await? {
            return Err(FrameError::Truncated);
        }
        let end = self.begin + 8 + length;
        self.carry(end, carried).await?;
        let head = mem::replace(&mut self.begin, end) + 8..end;
        frame::message(&self.buffer[head], mem::take(&mut self.bytes)).map(Some)
    }

    /// Reads until the buffer has this many bytes of the next frame; says whether they came.
    async fn has(&mut self, length: usize) -> io::Result<bool> {
        while self.buffer.len() - self.begin < length {
            self.buffer.drain(..mem::take(&mut self.begin));
            self.buffer.reserve(length.max(PIECE));
            if self.input.read_buf(&mut self.buffer).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the bytes of a message to where they stay; what the buffer has of them begins at `at`.
    async fn carry(&mut self, at: usize, length: usize) -> Result<(), FrameError> {
        self.bytes.reserve_exact(length - self.bytes.len());
        loop {
            let here = (self.buffer.len() - at).min(length - self.bytes.len());
            self.bytes.extend(self.buffer.drain(at..at + here));
            let missing = (length - self.bytes.len()) as u64;
            if missing == 0 {
                return Ok(());
            }
            if (&mut self.input).take(missing).read_buf(&mut self.bytes).await? == 0 {
                return Err(FrameError::Truncated);
            }
        }
    }
}
