//! What the fast desk knows, and who gets a request: a free worker, or else one that has room ahead.

use std::{collections::VecDeque, sync::Weak};

use crate::{fast_line::AHEAD, fast_sent::Sent, fast_ticket::Ticket, group::Group};

/// How many bytes may be sent ahead.
const BYTES_AHEAD: usize = 256 << 10;

/// What one place of the pool is at.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Doing {
    /// It has no worker.
    #[default]
    Nothing,
    /// Its worker is not there yet.
    Starting,
    /// Its worker is there.
    Working,
    /// Its keeper has ended.
    Gone,
}

/// One place of the pool.
#[derive(Default)]
pub struct Post {
    /// What it is at.
    pub doing: Doing,
    /// What its worker has to do.
    pub sent: Sent<Ticket>,
    /// Requests that its worker is to be asked for, by position and number.
    pub asked: Vec<(u64, u64)>,
    /// Whether what it does now takes long, so that nothing is to wait behind it.
    pub is_slow: bool,
}

/// What callers and keepers share, under the lock of the desk.
#[derive(Default)]
pub struct State {
    /// Requests that no worker has, oldest first.
    pub waiting: VecDeque<Ticket>,
    /// All places.
    pub posts: Vec<Post>,
    /// How many of them may work at once; the others are spare.
    pub workers: usize,
    /// The processes, oldest first, to be ended with the pool.
    pub groups: Vec<Weak<Group>>,
    /// How many processes have ended whose requests are not settled yet.
    pub burials: usize,
    /// How many requests those have that somebody waits for.
    pub unsettled: usize,
    /// Whether no more requests are taken.
    pub closed: bool,
    /// Whether a start has failed, and no request has come since.
    pub failed: bool,
    /// How many processes were started.
    pub started: u64,
    /// How many requests got their outcome.
    pub answered: u64,
    /// The places whose keepers are to be told that something has changed.
    pub told: Vec<usize>,
}

impl State {
    // ANCHOR: dispatch
    /// Gives requests that wait to workers, as long as one takes them.
    pub fn dispatch(&mut self) {
        while let Some(ticket) = self.waiting.front() {
            let Some(number) = self.taker(ticket.length()) else { return };
            let Some(ticket) = self.waiting.pop_front().filter(|ticket| !ticket.caller.is_closed()) else {
                continue;
            };
            self.posts[number].sent.push(ticket.id, ticket.length(), ticket);
            self.told.push(number);
        }
    }

    /// Who takes a request of so many bytes: the first one that is free, or the one with the least to do;
    /// nobody while another worker may still come for it.
    fn taker(&self, length: usize) -> Option<usize> {
        let working = || self.posts.iter().enumerate().filter(|(_, post)| post.doing == Doing::Working);
        let may_begin = self.running() < self.workers;
        if let Some((free, _)) = working().find(|(_, post)| post.sent.len() == 0).filter(|_| may_begin) {
            return Some(free);
        }
        let may_come =
            |post: &Post| post.doing == Doing::Starting || post.doing == Doing::Nothing && !self.failed;
        if may_begin && self.posts.iter().any(may_come) {
            return None;
        }
        let room = |post: &Post| match post.sent.len() {
            0 => false,
            many => many < AHEAD && !post.is_slow && (many == 1 || post.sent.held() + length <= BYTES_AHEAD),
        };
        let least = working().filter(|(_, post)| room(post)).min_by_key(|(_, post)| post.sent.len());
        least.map(|(number, _)| number)
    }
    // ANCHOR_END: dispatch
}

impl Post {
    /// Whether something waits here that another worker could do.
    pub fn has_row(&self) -> bool {
        self.sent.len() > 1 && !self.is_slow
    }
}
