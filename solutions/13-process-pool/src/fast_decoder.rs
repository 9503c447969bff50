//! The frame decoder of the fast stage: it takes bytes as they come, and gives what is whole.

use std::{io, mem};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{
    frame::{Carrier, FrameError},
    reading::{self, lengths},
};

/// How many bytes are asked for at once; longer ones that are carried are read straight to where they stay.
const PIECE: usize = 16 << 10;

/// Frames in the making.
#[derive(Default)]
pub struct Decoder {
    /// What came, from the beginning of a frame that was not given yet on.
    came: Vec<u8>,
    /// How much of it was given.
    given: usize,
    /// A message whose bytes are long: its head, those that came, and how many there will be.
    long: Option<(Vec<u8>, Vec<u8>, usize)>,
}

impl Decoder {
    /// Reads once, and says how many bytes came; 0 at the end. Cancelling it loses nothing.
    ///
    /// # Errors
    /// When the stream breaks.
    pub async fn read(&mut self, input: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        if let Some((_, bytes, length)) = &mut self.long {
            let missing = *length - bytes.len();
            return input.take(missing as u64).read_buf(bytes).await;
        }
        self.came.drain(..mem::take(&mut self.given));
        self.came.reserve(PIECE);
        input.read_buf(&mut self.came).await
    }

    /// The next message, if it is whole.
    ///
    /// # Errors
    /// When what came is no frame, or holds another message.
    pub fn message<T: Carrier>(&mut self) -> Result<Option<T>, FrameError> {
        if let Some((head, bytes, length)) = self.long.take() {
            if bytes.len() < length {
                self.long = Some((head, bytes, length));
                return Ok(None);
            }
            return reading::message(&head, bytes);
        }
        let Some((header, rest)) = self.came[self.given..].split_first_chunk() else { return Ok(None) };
        let [length, carried] = lengths(*header)?;
        let Some((head, rest)) = rest.split_at_checked(length) else { return Ok(None) };
        if carried > PIECE {
            let (here, after) = rest.split_at(carried.min(rest.len()));
            let mut bytes = Vec::with_capacity(carried);
            bytes.extend(here);
            self.long = Some((head.to_vec(), bytes, carried));
            self.given = self.came.len() - after.len();
            return self.message();
        }
        let Some(bytes) = rest.get(..carried) else { return Ok(None) };
        let message = reading::message(head, bytes.to_vec());
        self.given += header.len() + length + carried;
        message
    }

    /// As [`Decoder::read`], for whoever takes the end for the end of all.
    ///
    /// # Errors
    /// At the end, with what is wrong with that, if anything is.
    pub async fn came(&mut self, input: &mut (impl AsyncRead + Unpin)) -> Result<(), Option<String>> {
        match self.read(input).await {
            Ok(0) => Err(self.end().err().map(|error| error.to_string())),
            Ok(_) => Ok(()),
            Err(error) => Err(Some(error.to_string())),
        }
    }

    /// Whether the end may come now: between two frames.
    ///
    /// # Errors
    /// When it comes inside of one.
    pub fn end(&self) -> Result<(), FrameError> {
        let is_whole = self.long.is_none() && self.given == self.came.len();
        if is_whole { Ok(()) } else { Err(FrameError::Truncated) }
    }
}
