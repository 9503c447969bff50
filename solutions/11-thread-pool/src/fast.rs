//! The second stage: the same promises, and a fraction of the time for each job.
//!
//! ```text
//!   first stage                              second stage
//!   a closure, a slot: two allocations       one for both, seen from two sides     fast_cell.rs
//!   three locks of the queue for a job       two, and an atomic                    fast_worker.rs
//!   a wake for each job that comes           one thread is woken at a time         fast_queue.rs
//!   a park as soon as no job waits           a few more looks after many jobs      fast_wait.rs
//!   a timer for each thread that waits       one timer for all that are parked     fast_wait.rs
//! ```

use std::{
    collections::VecDeque,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use crate::fast_cell::Run;
pub use crate::fast_job::Job;
use crate::fast_queue::{Queue, State};
use crate::pool::others;
use crate::{Queued, Refused, Settings, Shutdown};

/// As [`crate::ThreadPool`].
pub struct ThreadPool {
    /// What its threads share with it.
    queue: Arc<Queue>,
}

/// As [`crate::run_in_executor`].
pub fn run_in_executor<T: Send + 'static>(
    pool: Option<&ThreadPool>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Job<T> {
    static DEFAULT: OnceLock<ThreadPool> = OnceLock::new();
    let pool = pool.unwrap_or_else(|| DEFAULT.get_or_init(|| ThreadPool::new(Settings::default())));
    Job::new(&pool.queue, job)
}

impl ThreadPool {
    /// As [`crate::ThreadPool::new`].
    pub fn new(settings: Settings) -> ThreadPool {
        ThreadPool { queue: Queue::new(settings) }
    }

    /// As [`crate::ThreadPool::shutdown`].
    pub fn shutdown(&self, queued: Queued, limit: Duration) -> Shutdown {
        let mut state = self.queue.close();
        let before = self.queue.ended();
        let mut waiting = VecDeque::new();
        if queued == Queued::Abandon {
            mem::swap(&mut waiting, &mut state.waiting);
        }
        drop(state);
        let abandoned = abandon(waiting);
        let lives = |state: &mut State| state.threads > 0;
        let waited = self.queue.ends.wait_timeout_while(self.queue.lock(), limit, lives);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let ended = self.queue.ended();
        let (finished, running) = (ended - before, state.begun - ended);
        let late = mem::take(&mut state.waiting);
        let left = if state.threads == 0 { others(&mut state.handles) } else { Vec::new() };
        drop(state);
        left.into_iter().for_each(|thread| drop(thread.join()));
        Shutdown { finished, abandoned: abandoned + abandon(late), running }
    }
}

impl Queue {
    /// From now on no job is taken, and threads end when none waits.
    fn close(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.closed = true;
        state.on_the_way += state.parked.len();
        state.parked.drain(..).for_each(|thread| thread.unpark());
        state
    }
}

/// Refuses jobs that will not run, and counts them.
fn abandon(waiting: VecDeque<(u64, Arc<dyn Run>)>) -> usize {
    let abandoned = waiting.len();
    for (_, job) in waiting {
        let _ = catch_unwind(AssertUnwindSafe(|| job.refuse(Refused::Abandoned))).map_err(mem::forget);
    }
    abandoned
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        drop(self.queue.close());
    }
}
