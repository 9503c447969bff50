//! How requests come back to the desk, for another worker or for nobody.

use std::{collections::VecDeque, mem};

use crate::{
    fast_recall::Recall,
    fast_state::{Doing, State},
    fast_ticket::Ticket,
};

impl State {
    /// Requests that nobody comes for, since all keepers have ended.
    pub fn abandoned(&mut self) -> VecDeque<Ticket> {
        if self.count(Doing::Gone) == self.posts.len() {
            mem::take(&mut self.waiting)
        } else {
            VecDeque::new()
        }
    }

    /// Puts a request among those that wait, in the order in which they came.
    pub fn line_up(&mut self, ticket: Ticket) {
        let place = self.waiting.partition_point(|other| other.id < ticket.id);
        self.waiting.insert(place, ticket);
    }

    /// Nobody waits for this request any more: takes it out, has it asked back, or has its worker killed.
    pub fn give_up(&mut self, id: u64) -> Option<Ticket> {
        if let Ok(place) = self.waiting.binary_search_by_key(&id, |ticket| ticket.id) {
            return self.waiting.remove(place);
        }
        (0..self.posts.len()).find_map(|number| self.recall(number, id))
    }

    /// Takes a request back from the worker of a place, if it has it and has not begun it.
    pub fn recall(&mut self, number: usize, id: u64) -> Option<Ticket> {
        match self.posts[number].sent.recall(id) {
            Recall::Here(ticket) => return Some(ticket),
            Recall::Ask(position) => self.posts[number].asked.push((position, id)),
            Recall::Begun => {}
            Recall::Nothing => return None,
        }
        // Its keeper asks for it, or finds that nobody waits for what has begun.
        self.told.push(number);
        None
    }

    /// A worker with nothing to do: what waits behind the longest row is taken back, to be shared out.
    pub fn relieve(&mut self) {
        let rows = self.posts.iter().enumerate().filter(|(_, post)| post.has_row());
        let Some((number, _)) = rows.max_by_key(|(_, post)| post.sent.len()) else { return };
        self.posts[number].is_slow = true;
        for id in self.posts[number].sent.behind() {
            if let Some(ticket) = self.recall(number, id) {
                self.line_up(ticket);
            }
        }
    }
}
