//! Frames on their way to a worker: as many as the pipe takes leave in one write.

use std::collections::VecDeque;

use tokio::{io::AsyncWriteExt, process::ChildStdin};

use crate::frame::Frame;

/// How long a piece gets at most by joining.
const PIECE: usize = 64 << 10;

/// What is to be written, and where.
pub struct Outbox {
    /// The worker's stdin.
    pipe: ChildStdin,
    /// Parts of frames, in their order; short ones are joined.
    pieces: VecDeque<Vec<u8>>,
    /// How much of the first piece the pipe has taken.
    taken: usize,
}

impl Outbox {
    /// Nothing yet, for `pipe`.
    pub fn new(pipe: ChildStdin) -> Outbox {
        Outbox { pipe, pieces: VecDeque::new(), taken: 0 }
    }

    /// Adds a frame.
    pub fn push(&mut self, Frame { head, rest }: Frame) {
        match self.pieces.back_mut() {
            Some(last) if last.len() + head.len() <= PIECE => last.extend(head),
            _ => self.pieces.push_back(head),
        }
        if !rest.is_empty() {
            self.pieces.push_back(rest);
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Writes as much as the pipe takes at once. Cancelling it loses nothing.
    pub async fn write(&mut self) {
        let Some(piece) = self.pieces.front() else { return };
        match self.pipe.write(&piece[self.taken..]).await {
            Ok(length) => self.taken += length,
            // A worker that takes no more is about to end: its replies will say so.
            Err(_) => self.taken = piece.len(),
        }
        if self.taken == piece.len() {
            self.pieces.pop_front();
            self.taken = 0;
        }
    }
}
