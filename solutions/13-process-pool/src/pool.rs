//! A pool of worker processes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task::{self, AbortHandle},
    time::timeout,
};

use crate::{
    desk::Desk,
    frame::Frame,
    job::Job,
    keeper::Keeper,
    message::{Answer, Failure, Request},
    place::Place,
    settings::Settings,
    stats::{ShutDown, Stats},
    ticket::Ticket,
};

/// A pool of worker processes. Dropping it kills them at once, and whatever they have started.
pub struct ProcessPool {
    /// Where requests wait.
    desk: Arc<Desk>,
    /// One for each worker that there may be; they end with the pool.
    keepers: Vec<AbortHandle>,
    /// The number of the next request; 0 is for the worker, which says that it is there.
    requests: AtomicU64,
}

impl ProcessPool {
    /// Makes a pool, from inside of a runtime, with which it ends; the first worker starts with the first request.
    pub fn new(settings: Settings) -> ProcessPool {
        let (desk, settings) = (Arc::new(Desk::new(settings.waiting)), Arc::new(settings));
        let keeper = |_| Keeper { place: Place::at(&desk), settings: Arc::clone(&settings) };
        let keepers: Vec<_> = (0..settings.workers.max(1)).map(keeper).collect();
        let keepers = keepers.into_iter().map(|keeper| task::spawn(keeper.keep()).abort_handle()).collect();
        ProcessPool { desk, keepers, requests: AtomicU64::new(1) }
    }

    // ANCHOR: call
    /// Has a worker do a job, and awaits what comes of it.
    ///
    /// Cancelling it really stops the job: if it has begun, its worker is killed, and what that has started.
    ///
    /// # Errors
    /// When the job panics or is too long, its worker dies, none can be started, or too many requests wait.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let (id, name) = (self.requests.fetch_add(1, Relaxed), job.name());
        let frame = Frame::of(Request { id, job }).map_err(|error| Failure::Refused(error.to_string()))?;
        let (caller, outcome) = oneshot::channel();
        self.desk.hand_in(Ticket { id, name, frame, caller })?;
        outcome.await.unwrap_or(Err(Failure::Closed))
    }

    /// As [`ProcessPool::call`], but for no longer than `limit`, the time in the queue included.
    ///
    /// # Errors
    /// As [`ProcessPool::call`], and when the time is up.
    pub async fn call_within(&self, job: Job, limit: Duration) -> Result<Answer, Failure> {
        // A timeout drops the call, and whoever drops a call stops its job.
        timeout(limit, self.call(job)).await.unwrap_or(Err(Failure::TimedOut(limit)))
    }
    // ANCHOR_END: call

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        self.desk.stats()
    }

    /// Takes no more requests, gives those that it has `limit` to end, then kills what is left.
    ///
    /// Cancelling it takes the limit away: those requests go on. Whose worker has just died counts as finished.
    pub async fn shutdown(&self, limit: Duration) -> ShutDown {
        let before = self.desk.close();
        let _ = timeout(limit, self.desk.deserted()).await;
        self.end();
        self.desk.deserted().await;
        let finished = self.desk.stats().answered - before.answered;
        ShutDown { finished, killed: ((before.waiting + before.running) as u64).saturating_sub(finished) }
    }

    /// Ends the keepers when they have their next turn, and their workers now.
    fn end(&self) {
        self.keepers.iter().for_each(AbortHandle::abort);
        self.desk.kill();
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        self.end();
    }
}
