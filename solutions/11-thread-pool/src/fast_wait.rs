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
    pub(crate) fn linger<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        row: usize,
    ) -> MutexGuard<'a, State> {
        // Where there is one core, nobody else brings a job meanwhile.
        let looks = if row > 4 && self.cores > 1 { 16 } else { 0 };
        for _ in 0..looks {
            state.on_the_way += 1;
            drop(state);
            thread::yield_now();
            state = self.arrive();
            if !state.waiting.is_empty() {
                break;
            }
        }
        state
    }
    // ANCHOR_END: linger

    /// The lock, for a thread that was on the way.
    pub(crate) fn arrive(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.on_the_way -= 1;
        state
    }

    /// Waits for the next job, and sends another thread if more wait; `None` ends the thread.
    pub(crate) fn wait<'a>(&'a self, mut state: MutexGuard<'a, State>) -> Option<Arc<dyn Run>> {
        let mut is_late = false;
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
