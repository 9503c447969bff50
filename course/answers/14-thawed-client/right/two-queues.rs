//! RIGHT: what is on its way stands in a queue of its own, and goes back to the other one.
//! instead-of: outbox.rs

use std::{collections::VecDeque, future::pending, mem, sync::Arc};

use tokio::sync::{Notify, mpsc};

/// How many lines there may be; then those who type wait.
const MOST: usize = 1024;

/// Lines that the room may not have yet.
pub struct Outbox {
    /// Where lines come from.
    said: mpsc::Receiver<String>,
    /// Whether no more will come.
    closed: bool,
    /// Lines that were not sent on this connection, oldest first.
    waiting: VecDeque<String>,
    /// Lines that were, each with its number.
    on_their_way: VecDeque<(u64, String)>,
    /// The number of the last line that was sent, on any connection.
    last: u64,
    /// Told when the room has lines.
    confirmed: Arc<Notify>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(said: mpsc::Receiver<String>, confirmed: Arc<Notify>) -> Outbox {
        let (waiting, on_their_way) = Default::default();
        Outbox { said, closed: false, waiting, on_their_way, last: 0, confirmed }
    }

    /// Awaits a line, and puts it in.
    pub async fn fill(&mut self) {
        if self.closed || self.waiting.len() + self.on_their_way.len() >= MOST {
            pending().await
        }
        match self.said.recv().await {
            Some(line) => self.waiting.push_back(line),
            None => self.closed = true,
        }
    }

    /// The next line, under a number that no other line has had.
    pub fn send_next(&mut self) -> Option<(String, String)> {
        let line = self.waiting.pop_front()?;
        self.last += 1;
        self.on_their_way.push_back((self.last, line.clone()));
        Some((line, self.last.to_string()))
    }

    /// Forgets the line with this number, and all before it.
    pub fn confirm(&mut self, number: &[u8]) {
        let Some(number) = str::from_utf8(number).ok().and_then(|number| number.parse().ok()) else { return };
        while self.on_their_way.front().is_some_and(|(first, _): &(u64, String)| *first <= number) {
            self.on_their_way.pop_front();
        }
        self.confirmed.notify_one();
    }

    /// Puts back what was on its way.
    pub fn rewind(&mut self) {
        let mut lines: VecDeque<_> = self.on_their_way.drain(..).map(|(_, line)| line).collect();
        lines.append(&mut self.waiting);
        self.waiting = lines;
    }

    /// Whether all is typed, and the room has it.
    pub fn is_done(&self) -> bool {
        self.closed && self.waiting.is_empty() && self.on_their_way.is_empty()
    }

    /// Takes out what the room may not have.
    pub fn unsaid(&mut self) -> impl Iterator<Item = String> {
        self.rewind();
        while let Ok(line) = self.said.try_recv() {
            self.waiting.push_back(line);
        }
        mem::take(&mut self.waiting).into_iter()
    }
}
