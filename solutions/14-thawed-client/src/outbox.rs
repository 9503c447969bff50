//! The outbox: each line stays in it until the room has it.

use std::{collections::VecDeque, future::pending, sync::Arc};

use tokio::sync::{Notify, mpsc};

/// How many lines there may be; then those who type wait, as long as the room is there.
const MOST: usize = 1024;

/// Lines that the room may not have yet, oldest first.
pub struct Outbox {
    /// Where lines come from; `None` once nothing more will be typed.
    said: Option<mpsc::Receiver<String>>,
    /// All lines here.
    lines: VecDeque<String>,
    /// How many of them were sent on this connection.
    sent: usize,
    /// How many the room has for certain; they are here no more.
    arrived: usize,
    /// Told whenever there are more of those.
    confirmed: Arc<Notify>,
}

impl Outbox {
    /// An empty outbox, for the lines that come from `said`; it tells `confirmed` when the room has some.
    pub fn new(said: mpsc::Receiver<String>, confirmed: Arc<Notify>) -> Outbox {
        Outbox { said: Some(said), lines: VecDeque::new(), sent: 0, arrived: 0, confirmed }
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

    /// As [`Outbox::fill`], while the room is away: what has no place is given back, since nobody makes one.
    pub async fn fill_or_refuse(&mut self) -> Option<String> {
        match &mut self.said {
            Some(said) if self.lines.len() >= MOST => {
                let refused = said.recv().await;
                if refused.is_none() {
                    self.said = None;
                }
                refused
            }
            _ => {
                self.fill().await;
                None
            }
        }
    }

    // ANCHOR: outbox
    /// The next line to send, which stays here, and the number that says that it has arrived.
    pub fn send_next(&mut self) -> Option<(String, String)> {
        let line = self.lines.get(self.sent)?.clone();
        self.sent += 1;
        Some((line, self.last_sent()))
    }

    /// The number of the line that was sent last.
    pub fn last_sent(&self) -> String {
        (self.arrived + self.sent).to_string()
    }

    /// Takes out the line with this number, and all before it: the room has them.
    pub fn confirm(&mut self, number: &[u8]) {
        let number = str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        let arrived = self.sent.min(number.unwrap_or(0_usize).saturating_sub(self.arrived));
        self.lines.drain(..arrived);
        self.sent -= arrived;
        self.arrived += arrived;
        self.confirmed.notify_one();
    }

    /// Begins again with the first line here: on a new connection none was sent.
    pub fn rewind(&mut self) {
        self.sent = 0;
    }
    // ANCHOR_END: outbox

    /// Whether all is typed, and the room has it.
    pub fn is_done(&self) -> bool {
        self.said.is_none() && self.lines.is_empty()
    }

    /// Takes out what the room may not have, at the end.
    pub fn unsaid(&mut self) -> impl Iterator<Item = String> {
        // What came just before the end may still be on its way into this outbox.
        let late = self
            .said
            .take()
            .into_iter()
            .flat_map(|mut said| std::iter::from_fn(move || said.try_recv().ok()));
        std::mem::take(&mut self.lines).into_iter().chain(late)
    }
}
