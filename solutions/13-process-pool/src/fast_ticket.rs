//! A request of the fast stage, from its call to its one answer.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{frame::Frame, ticket::Outcome};

/// A request that somebody waits for. It keeps its frame until it has surely begun: another worker may get it.
pub struct Ticket {
    /// Its number, which the reply repeats.
    pub id: u64,
    /// The lengths, the message, and its bytes where they are short.
    pub head: Vec<u8>,
    /// Its bytes where they are long, shared with whoever writes them.
    pub rest: Option<Arc<Vec<u8>>>,
    /// Takes the one answer; closed as soon as nobody waits for it.
    pub caller: oneshot::Sender<Outcome>,
}

impl Ticket {
    /// A request, and where its outcome comes.
    pub fn new(id: u64, frame: Frame) -> (Ticket, oneshot::Receiver<Outcome>) {
        let (caller, outcome) = oneshot::channel();
        let rest = (!frame.rest.is_empty()).then(|| Arc::new(frame.rest));
        (Ticket { id, head: frame.head, rest, caller }, outcome)
    }

    /// How many bytes are to be written.
    pub fn length(&self) -> usize {
        self.head.len() + self.rest.as_ref().map_or(0, |rest| rest.len())
    }
}
