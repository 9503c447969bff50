//! How requests come back from a worker: taken out, given back, or left by its death.
//!
//! ```text
//!             written             not written
//!   [ 7 begun │ 8   9   10      │ 11   12  ]
//!     killed    asked back        taken out
//! ```

use std::mem;

use crate::fast_sent::Sent;

/// What can be done about a request that nobody wants done here.
pub enum Recall<T> {
    /// It was not written, and is here again.
    Here(T),
    /// The worker must be asked for the request at this position.
    Ask(u64),
    /// It has begun.
    Begun,
    /// It is not here, or was asked back already.
    Nothing,
}

impl<T> Sent<T> {
    /// The numbers of those that could be taken back.
    pub fn behind(&self) -> Vec<u64> {
        self.list.iter().skip(1).filter(|entry| !entry.asked).map(|entry| entry.id).collect()
    }

    /// Takes a request back, or says how that is done.
    pub fn recall(&mut self, id: u64) -> Recall<T> {
        let Some(place) = self.list.iter().position(|entry| entry.id == id) else { return Recall::Nothing };
        let entry = &mut self.list[place];
        match entry.written {
            None => self.remove(place).map_or(Recall::Nothing, Recall::Here),
            Some(_) if place == 0 => Recall::Begun,
            Some(_) if mem::replace(&mut entry.asked, true) => Recall::Nothing,
            Some((position, _)) => Recall::Ask(position),
        }
    }

    /// The worker gave a request back, which must be one that was asked for.
    pub fn given_back(&mut self, id: u64) -> Option<T> {
        let place = self.list.iter().position(|entry| entry.id == id && entry.asked)?;
        if place > 0 { self.remove(place) } else { None }
    }

    /// The worker has died, and left `unread` bytes: the request that it had begun, and those for another one.
    pub fn died(self, unread: u64) -> (Option<T>, impl Iterator<Item = T>) {
        let read = self.bytes - unread.min(self.bytes);
        let mut list = self.list;
        let begun = list.pop_front_if(|entry| entry.written.is_some_and(|(_, before)| before < read));
        (begun.map(|entry| entry.ticket), list.into_iter().map(|entry| entry.ticket))
    }
}
