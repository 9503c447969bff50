//! A desk without processes, and those who wait there.

use std::collections::BTreeMap;

use tokio::sync::oneshot::{self, Receiver};

use crate::{
    fast_state::{Doing, Post, State},
    fast_ticket::Ticket,
    ticket::Outcome,
};

/// A desk, and where its outcomes come.
pub struct Scene {
    /// The desk.
    pub state: State,
    /// Those who wait, by the numbers of their requests; whoever is removed has given up.
    pub callers: BTreeMap<u64, Receiver<Outcome>>,
}

impl Scene {
    /// Places that are at this, of which so many may work at once.
    pub fn new(workers: usize, places: &[Doing]) -> Scene {
        let posts = places.iter().map(|doing| Post { doing: *doing, ..Post::default() }).collect();
        Scene { state: State { workers, posts, ..State::default() }, callers: BTreeMap::new() }
    }

    /// A request of so many bytes, with the next number.
    pub fn ticket(&mut self, length: usize) -> Ticket {
        let (id, (caller, outcome)) = (self.callers.len() as u64 + 1, oneshot::channel());
        self.callers.insert(id, outcome);
        Ticket { id, head: vec![0; length], rest: None, caller }
    }

    /// Requests of so many bytes wait, and nobody has looked yet.
    pub fn waits(mut self, lengths: &[usize]) -> Scene {
        for length in lengths {
            let ticket = self.ticket(*length);
            self.state.waiting.push_back(ticket);
        }
        self
    }

    /// Requests of so many bytes come one after the other, and each is shared out.
    pub fn comes(mut self, lengths: &[usize]) -> Scene {
        for length in lengths {
            self = self.waits(&[*length]);
            self.state.dispatch();
        }
        self
    }

    /// A place has written requests of one byte: it is at the first one.
    pub fn has(mut self, number: usize, requests: usize) -> Scene {
        for _ in 0..requests {
            let ticket = self.ticket(1);
            self.state.posts[number].sent.push(ticket.id, 1, ticket);
        }
        self.state.posts[number].sent.write(|_| true);
        self
    }

    /// Nobody waits for these any more.
    pub fn without(mut self, given_up: &[u64]) -> Scene {
        for id in given_up {
            drop(self.callers.insert(*id, oneshot::channel().1));
        }
        self
    }

    /// What each place has.
    pub fn rows(&self) -> Vec<Vec<u64>> {
        self.state.posts.iter().map(|post| post.sent.all().map(|ticket| ticket.id).collect()).collect()
    }

    /// What waits at the desk.
    pub fn waiting(&self) -> Vec<u64> {
        self.state.waiting.iter().map(|ticket| ticket.id).collect()
    }
}
