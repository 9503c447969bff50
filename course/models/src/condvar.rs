//! A condition variable with waits that end by time; shuttle's own never do.

use std::{
    sync::{
        Arc, LockResult,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use shuttle::{sync, sync::MutexGuard, thread};

use crate::clock::may_be_over;

/// Whether a wait ended by time.
#[derive(Clone, Copy, Debug)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether it did.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// As `std::sync::Condvar`.
#[derive(Debug, Default)]
pub struct Condvar {
    /// Shared with threads that stand for time.
    inner: Arc<sync::Condvar>,
}

impl Condvar {
    /// Wakes one thread that waits.
    pub fn notify_one(&self) {
        self.inner.notify_one();
    }

    /// Wakes all threads that wait.
    pub fn notify_all(&self) {
        self.inner.notify_all();
    }

    /// Waits while the condition holds, or until `limit` is over, which may be at any moment.
    ///
    /// # Errors
    /// When a thread panicked while it held the lock.
    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
        mut holds: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let is_over = Arc::new(AtomicBool::new(limit.is_zero()));
        let mut time = may_be_over(limit).then(|| (is_over.clone(), self.inner.clone()));
        while holds(&mut guard) && !is_over.load(SeqCst) {
            if let Some((over, condvar)) = time.take() {
                // Time is a thread that notifies: shuttle decides when it comes.
                thread::spawn(move || {
                    over.store(true, SeqCst);
                    condvar.notify_all();
                });
            }
            guard = self.inner.wait(guard).unwrap_or_else(sync_poisoned);
        }
        let timed_out = WaitTimeoutResult(holds(&mut guard));
        Ok((guard, timed_out))
    }
}

/// The solutions go on with a lock that a panic has poisoned, and so does the model.
fn sync_poisoned<T>(poisoned: std::sync::PoisonError<T>) -> T {
    poisoned.into_inner()
}
