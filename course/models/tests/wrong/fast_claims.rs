//! `fast_claims.rs` of lesson 13 with a slip: what is given back is said under another lock than the one that takes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The claims of a worker's two threads, and its replies: what is said of a claim is written under its lock.
pub struct Claims<W> {
    /// Locked by the thread that does jobs for each reply, and by the one that hears what is taken back.
    state: Mutex<State<W>>,
}

struct State<W> {
    /// The position of the request that has begun, or will as soon as it comes.
    begun: u64,
    /// Positions behind it that were taken back and are not passed yet.
    taken: Vec<u64>,
    /// Where replies are written.
    replies: W,
}

impl<W> Claims<W> {
    /// Nothing was done yet: the first request begins when it comes.
    pub fn new(replies: W) -> Claims<W> {
        Claims { state: Mutex::new(State { begun: 1, taken: Vec::new(), replies }) }
    }

    /// Whether the request at `position`, which came after all others, is to be done.
    pub fn begins(&self, position: u64) -> bool {
        self.lock().begun == position
    }

    /// The request that had begun is done: what `say` writes is its reply, and says that the next one begins.
    pub fn ends<T>(&self, say: impl FnOnce(&mut W) -> T) -> T {
        let mut state = self.lock();
        let said = say(&mut state.replies);
        state.begun += 1;
        while let Some(place) = state.taken.iter().position(|taken| *taken == state.begun) {
            state.taken.swap_remove(place);
            state.begun += 1;
        }
        said
    }

    /// Gives the request at `position` back, which `say` writes; or does nothing, because it has begun.
    pub fn take_back<T>(&self, position: u64, say: impl FnOnce(&mut W) -> T) -> Option<T> {
        let mut state = self.lock();
        if position <= state.begun || state.taken.contains(&position) {
            return None;
        }
        state.taken.push(position);
        drop(state);
        Some(say(&mut self.lock().replies))
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
