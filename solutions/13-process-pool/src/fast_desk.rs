//! Where callers and keepers of the fast stage meet.

use std::{
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::sync::Notify;

use crate::{
    fast_state::{Post, State},
    settings::Settings,
    stats::Stats,
};

/// What callers and keepers share.
pub struct Desk {
    /// Locked for moments only: whoever is woken is woken after it.
    state: Mutex<State>,
    /// Wakes the keeper of each place that has a worker.
    pub work: Vec<Notify>,
    /// Wakes a keeper without a worker.
    pub hiring: Notify,
    /// Wakes whoever waits for an end: of the work, and of all keepers.
    pub end: Notify,
    /// How many requests may wait.
    pub room: usize,
    /// How many requests there were.
    requests: AtomicU64,
}

impl Desk {
    /// A desk with its places, which are empty.
    pub fn new(settings: &Settings) -> Desk {
        let workers = settings.workers.max(1);
        let places = workers + settings.spare;
        let state =
            State { workers, posts: (0..places).map(|_| Post::default()).collect(), ..State::default() };
        let work = (0..places).map(|_| Notify::new()).collect();
        let (hiring, end, requests) = Default::default();
        Desk { state: Mutex::new(state), work, hiring, end, room: settings.waiting, requests }
    }

    /// The number of the next request.
    pub fn number(&self) -> u64 {
        // 0 is for what the worker says of itself.
        self.requests.fetch_add(1, Relaxed) + 1
    }

    /// Takes no more requests; those that wait are still served. Tells what there was to do.
    pub fn close(&self) -> Stats {
        self.change(|state| {
            state.closed = true;
            state.stats()
        })
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        self.state().stats()
    }

    /// Awaits that all keepers have ended.
    pub async fn deserted(&self) {
        self.until(&self.end, |state| state.is_deserted().then_some(())).await;
    }

    /// Kills all workers, whether or not their keepers have a turn.
    pub fn kill(&self) {
        let groups = mem::take(&mut self.state().groups);
        groups.iter().filter_map(Weak::upgrade).for_each(|group| drop(group.kill()));
    }

    /// Looks, and looks again whenever `told`, until there is something to see.
    pub async fn until<T>(&self, told: &Notify, look: impl Fn(&mut State) -> Option<T>) -> T {
        loop {
            // Before the look: what changes after it is told to this.
            let told = told.notified();
            if let Some(seen) = self.change(&look) {
                return seen;
            }
            told.await;
        }
    }

    /// Changes what the desk knows, shares out what waits, and wakes whom that concerns.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let before = (state.is_over(), state.is_deserted());
        let changed = change(&mut state);
        state.dispatch();
        let is_other = before != (state.is_over(), state.is_deserted());
        let (told, wants_worker) = (mem::take(&mut state.told), state.wants_worker());
        drop(state);
        told.into_iter().for_each(|number| self.work[number].notify_one());
        if is_other {
            self.work.iter().for_each(Notify::notify_one);
            self.hiring.notify_waiters();
            self.end.notify_waiters();
        }
        if wants_worker {
            self.hiring.notify_one();
        }
        changed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
