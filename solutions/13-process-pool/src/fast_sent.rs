//! What one worker has to do: the first request has begun, and the others were sent ahead.

use std::collections::VecDeque;

/// The requests of one worker, oldest first.
pub struct Sent<T> {
    /// Those without a reply.
    pub list: VecDeque<Entry<T>>,
    /// How many requests were ever written.
    requests: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// How many bytes those without a reply have.
    held: usize,
}

/// One of them.
pub struct Entry<T> {
    /// The number of the request.
    pub id: u64,
    /// The request.
    pub ticket: T,
    /// How many bytes it has.
    pub length: usize,
    /// Once it is written: which of all written ones it is, from 1, and how many bytes were written before it.
    pub written: Option<(u64, u64)>,
    /// Whether it was asked back.
    pub asked: bool,
}

impl<T> Default for Sent<T> {
    fn default() -> Sent<T> {
        Sent { list: VecDeque::new(), requests: 0, bytes: 0, held: 0 }
    }
}

impl<T> Sent<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How many bytes they have.
    pub fn held(&self) -> usize {
        self.held
    }

    /// The one that has begun.
    pub fn begun(&self) -> Option<&T> {
        self.list.front().filter(|entry| entry.written.is_some()).map(|entry| &entry.ticket)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.list.iter().map(|entry| &entry.ticket)
    }

    /// One of them.
    pub fn get(&mut self, id: u64) -> Option<&mut T> {
        self.list.iter_mut().find(|entry| entry.id == id).map(|entry| &mut entry.ticket)
    }

    /// One more, of `length` bytes.
    pub fn push(&mut self, id: u64, length: usize, ticket: T) {
        self.list.push_back(Entry { id, ticket, length, written: None, asked: false });
        self.held += length;
    }

    /// Has `write` take those that are to be written now, until it says that no other may follow.
    pub fn write(&mut self, mut write: impl FnMut(&T) -> bool) {
        for entry in self.list.iter_mut().filter(|entry| entry.written.is_none()) {
            self.requests += 1;
            entry.written = Some((self.requests, self.bytes));
            self.bytes += entry.length as u64;
            if !write(&entry.ticket) {
                return;
            }
        }
    }

    /// Whether there are some that are not to be written yet.
    pub fn has_more(&self) -> bool {
        self.list.back().is_some_and(|entry| entry.written.is_none())
    }

    /// Takes one out.
    pub fn remove(&mut self, place: usize) -> Option<T> {
        let entry = self.list.remove(place)?;
        self.held -= entry.length;
        Some(entry.ticket)
    }

    /// A reply came: it must be to the one that has begun, or none of this worker can be trusted.
    pub fn answered(&mut self, id: u64) -> Option<T> {
        let is_begun = self.list.front().is_some_and(|entry| entry.id == id && entry.written.is_some());
        if is_begun { self.remove(0) } else { None }
    }
}
