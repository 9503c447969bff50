//! The pool: it has settings, and no threads yet.

use std::time::Duration;

use crate::{Job, Queued, Settings, Shutdown};

/// To be a bounded number of threads behind a bounded queue.
pub struct ThreadPool {
    /// How large it may become, one day.
    _settings: Settings,
}

/// Runs `job` and gives a future of its result: but it runs here and now, on the thread of whoever calls.
pub fn run_in_executor<T: Send + 'static>(
    _pool: Option<&ThreadPool>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Job<T> {
    Job::ended(job())
}

impl ThreadPool {
    /// A pool without threads.
    pub fn new(settings: Settings) -> ThreadPool {
        ThreadPool { _settings: settings }
    }

    /// Takes no more jobs, and waits until `limit` for those that it has; there are none.
    pub fn shutdown(&self, _queued: Queued, _limit: Duration) -> Shutdown {
        Shutdown::default()
    }
}
