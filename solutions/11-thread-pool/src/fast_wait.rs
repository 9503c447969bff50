//! How a thread of the fast stage comes to its next job: it looks, lingers after many, and parks by itself.

use std::{
    sync::{Arc, MutexGuard},
    thread::{self, Thread},
    time::Instant,
};

use crate::fast_cell::Run;
use crate::fast_queue::{Queue, State};

impl Queue {
    // ANCHOR: linger
    /// After many jobs in a row the next may be near: looks for it a few times, which is cheaper than to park.
    pub(crate) fn linger(&self, row: usize) {
        // Where there is one core, nobody else brings a job meanwhile.
        let looks = if row > 4 && self.cores > 1 { 16 } else { 0 };
        for _ in 0..looks {
            if !self.lock().waiting.is_empty() {
                return;
            }
            thread::yield_now();
        }
    }
    // ANCHOR_END: linger

    /// A thread that was on the way looks, and sends the next one if more jobs wait.
    pub(crate) fn arrive(&self) -> Option<Arc<dyn Run>> {
        let mut state = self.lock();
        state.on_the_way -= 1;
        let (job, next) = (state.take(), state.wake());
        drop(state);
        next.inspect(Thread::unpark);
        job
    }

    /// Waits for the next job; `None` ends the thread.
    pub(crate) fn wait(&self) -> Option<Arc<dyn Run>> {
        let (mut state, mut is_late) = (self.lock(), false);
        while state.waiting.is_empty() && !state.closed && !is_late {
            (state, is_late) = self.park(state);
        }
        let job = state.take();
        if job.is_none() {
            (state.threads, state.free) = (state.threads - 1, state.free - 1);
            self.ends.notify_all();
        }
        let next = state.wake();
        drop(state);
        next.inspect(Thread::unpark);
        job
    }

    // ANCHOR: park
    /// Parks until somebody wakes this thread, or until its time without a job is over, and says whether it is.
    fn park<'a>(&'a self, mut state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        let (me, since) = (thread::current(), Instant::now());
        let mut left = self.settings.keep_alive;
        state.parked.push(me.clone());
        loop {
            let is_lowest = state.parked[0].id() == me.id();
            drop(state);
            // A timer costs more than the park: only the thread that was parked for longest has one.
            if is_lowest {
                thread::park_timeout(left)
            } else {
                thread::park()
            };
            state = self.lock();
            if !state.parked.iter().any(|thread| thread.id() == me.id()) {
                state.on_the_way -= 1;
                return (state, false);
            }
            left = self.settings.keep_alive.saturating_sub(since.elapsed());
            if left.is_zero() && state.parked[0].id() == me.id() {
                state.parked.remove(0);
                state.parked.first().inspect(|lowest| lowest.unpark());
                return (state, true);
            }
        }
    }
    // ANCHOR_END: park
}
