//! The pool: where jobs go in, and how it ends.

use std::{
    collections::BTreeMap,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::queue::{Queue, State, Work};
use crate::{Job, Queued, Settings, Shutdown};

/// A bounded number of threads before a bounded queue.
///
/// Dropping it closes it and waits for nothing: jobs that wait are still run, and then its threads end.
pub struct ThreadPool {
    /// What its threads share with it.
    queue: Arc<Queue>,
}

// ANCHOR: run
/// Runs `job` on a thread of `pool`, or of the default pool, and gives a future of its result.
///
/// The job is handed in at once, before the future is polled. This call never blocks for a job:
/// a pool without room refuses it, and the future says so. Dropping the future cancels a job that has not begun.
///
/// Handed in by a job of the same pool, or by a wake or a drop on one of its threads, a job begins at once on
/// another thread or is `Refused::Nested`:
/// jobs that wait for jobs of their own pool, in a chain as long as it has threads, never wait for one another's end.
pub fn run_in_executor<T: Send + 'static>(
    pool: Option<&ThreadPool>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Job<T> {
    static DEFAULT: OnceLock<ThreadPool> = OnceLock::new();
    let queue = &pool.unwrap_or_else(|| DEFAULT.get_or_init(|| ThreadPool::new(Settings::default()))).queue;
    Job::waiting(|promise| {
        let thread = queue.clone();
        let work = move || {
            let ended = catch_unwind(AssertUnwindSafe(job));
            thread.job_ended();
            promise.keep(ended);
        };
        queue.add(Box::new(work))
    })
}
// ANCHOR_END: run

impl ThreadPool {
    /// A pool without threads: each starts when a job finds none free.
    pub fn new(settings: Settings) -> ThreadPool {
        ThreadPool { queue: Queue::new(settings) }
    }

    // ANCHOR: shutdown
    /// Takes no more jobs, and waits for those that it has; what has not ended after `limit` is abandoned.
    ///
    /// It blocks the calling thread until all threads have left the pool, or until `limit`; those that left it joins.
    /// A join also waits for destructors of the thread's locals, which no limit ends. From such a destructor of its
    /// own, a pool joins the other threads alone; from one of its jobs or wakers, it waits until `limit`.
    pub fn shutdown(&self, queued: Queued, limit: Duration) -> Shutdown {
        let mut state = self.queue.close();
        let before = state.finished;
        let mut waiting = BTreeMap::new();
        if queued == Queued::Abandon {
            mem::swap(&mut waiting, &mut state.waiting);
        }
        drop(state);
        let abandoned = abandon(waiting);
        let lives = |state: &mut State| state.threads > 0;
        let waited = self.queue.ends.wait_timeout_while(self.queue.lock(), limit, lives);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (finished, running) = (state.finished - before, state.running);
        let late = mem::take(&mut state.waiting);
        let left = if state.threads == 0 { others(&mut state.handles) } else { Vec::new() };
        drop(state);
        // They have left the pool; this waits for their last instructions.
        left.into_iter().for_each(|thread| drop(thread.join()));
        Shutdown { finished, abandoned: abandoned + abandon(late), running }
    }
    // ANCHOR_END: shutdown
}

/// The threads to join: a thread that joins itself would wait for ever.
pub(crate) fn others(handles: &mut Vec<JoinHandle<()>>) -> Vec<JoinHandle<()>> {
    let me = thread::current().id();
    handles.extract_if(.., |handle| handle.thread().id() != me).collect()
}

/// Drops jobs that will not run, so that whoever awaits them hears of it, and counts them.
fn abandon(waiting: BTreeMap<u64, Work>) -> usize {
    let abandoned = waiting.len();
    for work in waiting.into_values() {
        // What a closure owns may panic when it is dropped: the others are dropped all the same.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(work))).map_err(mem::forget);
    }
    abandoned
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        drop(self.queue.close());
    }
}
