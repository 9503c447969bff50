//! What follows from what the fast desk knows: when it is full or over, and whether a worker is wanted.

use crate::{
    fast_state::{Doing, State},
    stats::Stats,
};

impl State {
    /// How many places are at this.
    pub fn count(&self, doing: Doing) -> usize {
        self.posts.iter().filter(|post| post.doing == doing).count()
    }

    /// How many workers have something to do.
    pub fn running(&self) -> usize {
        self.posts.iter().filter(|post| post.sent.len() > 0).count()
    }

    /// How many requests have not begun.
    fn unbegun(&self) -> usize {
        let ahead = |many: usize| many.saturating_sub(1);
        self.waiting.len() + self.posts.iter().map(|post| ahead(post.sent.len())).sum::<usize>()
    }

    /// Whether nothing is left to begin, and nothing more comes.
    pub fn is_over(&self) -> bool {
        self.closed && self.unbegun() == 0 && self.burials == 0
    }

    /// Whether all keepers have ended, and what they left is settled.
    pub fn is_deserted(&self) -> bool {
        self.count(Doing::Gone) == self.posts.len() && self.burials == 0
    }

    /// Whether `room` requests wait, beyond those for which a worker is free, or may still come.
    pub fn is_full(&self, room: usize) -> bool {
        let places = room + self.workers.saturating_sub(self.running());
        // What is being taken back keeps no place from others, and is mostly nothing.
        self.unbegun() >= places && self.awaited() >= places
    }

    /// How many requests have not begun, and somebody waits for them.
    fn awaited(&self) -> usize {
        let ahead = self.posts.iter().flat_map(|post| post.sent.all().skip(1));
        self.waiting.len() + ahead.filter(|ticket| !ticket.caller.is_closed()).count()
    }

    /// Whether one more worker is wanted, for a request or as a spare; those that are free or start come first.
    pub fn wants_worker(&self) -> bool {
        let spare = self.posts.len() - self.workers;
        let needed = self.waiting.len().min(self.workers.saturating_sub(self.running()));
        let coming = self.count(Doing::Working) - self.running() + self.count(Doing::Starting);
        let is_short = coming < needed && !(self.failed && self.has_hope());
        is_short || coming < needed + spare && !self.failed && !self.closed
    }

    /// Whether a worker lives, or is about to: then whoever waits may still be served.
    pub fn has_hope(&self) -> bool {
        self.count(Doing::Working) + self.count(Doing::Starting) > 0
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        Stats {
            workers: self.groups.iter().filter_map(|group| group.upgrade()?.id()).collect(),
            started: self.started,
            waiting: self.awaited() + self.unsettled,
            running: self.running(),
            answered: self.answered,
        }
    }
}
