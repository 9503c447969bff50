//! The outbox: each line stays in it until it is sent.

use std::{collections::VecDeque, future::pending};

use tokio::sync::mpsc;

/// How many lines there may be; then those who type wait.
const MOST: usize = 1024;

/// Lines that were not sent yet, oldest first.
pub struct Outbox {
    /// Where lines come from; `None` once nothing more will be typed.
    said: Option<mpsc::Receiver<String>>,
    /// All lines here.
    lines: VecDeque<String>,
}

impl Outbox {
    /// An empty outbox, for the lines that come from `said`.
    pub fn new(said: mpsc::Receiver<String>) -> Outbox {
        Outbox { said: Some(said), lines: VecDeque::new() }
    }

    /// Awaits a line, and puts it in; pending when no more may come. Cancelling it loses nothing.
    pub async fn fill(&mut self) {
        match &mut self.said {
            Some(said) if self.lines.len() < MOST => match said.recv().await {
                Some(line) => self.lines.push_back(line),
                None => self.said = None,
            },
            _ => pending().await,
        }
    }

    /// Takes out the next line to send.
    pub fn send_next(&mut self) -> Option<String> {
        self.lines.pop_front()
    }

    /// Whether all is typed, and sent.
    pub fn is_done(&self) -> bool {
        self.said.is_none() && self.lines.is_empty()
    }
}
