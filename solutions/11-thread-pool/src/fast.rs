//! The second stage: the same pool, fast.

use std::{
    collections::VecDeque,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock, PoisonError},
    time::Duration,
};

pub use crate::fast_job::Job;
use crate::fast_job::Run;
use crate::fast_queue::{Queue, State};
use crate::{Queued, Refused, Settings, Shutdown};

/// As [`crate::ThreadPool`].
pub struct ThreadPool {
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
        let before = state.finished;
        let mut waiting = VecDeque::new();
        if queued == Queued::Abandon {
            mem::swap(&mut waiting, &mut state.waiting);
        }
        drop(state);
        let abandoned = abandon(waiting);
        let lives = |state: &mut State| state.threads > 0;
        let waited = self.queue.ends.wait_timeout_while(self.queue.lock(), limit, lives);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (finished, running) = (state.finished - before, state.threads - state.free);
        let late = mem::take(&mut state.waiting);
        let ended = if state.threads == 0 { mem::take(&mut state.handles) } else { Vec::new() };
        drop(state);
        ended.into_iter().for_each(|thread| drop(thread.join()));
        Shutdown { finished, abandoned: abandoned + abandon(late), running }
    }
}

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
