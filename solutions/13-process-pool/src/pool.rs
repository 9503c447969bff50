//! A pool of worker processes.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    desk::Desk,
    frame::Frame,
    job::Job,
    keeper::Keeper,
    message::{Answer, Failure, Request},
    settings::Settings,
    stats::{ShutDown, Stats},
    ticket::Ticket,
};

/// A pool of worker processes. Dropping it kills them, and whatever they have started.
pub struct ProcessPool {
    /// Where requests wait.
    desk: Arc<Desk>,
    /// One for each worker that there may be; they end with the pool.
    keepers: Mutex<JoinSet<()>>,
    /// The number of the last request.
    requests: AtomicU64,
}

impl ProcessPool {
    /// Makes a pool, from inside of a runtime; the first worker starts with the first request.
    pub fn new(settings: Settings) -> ProcessPool {
        let (desk, settings) = (Arc::new(Desk::new(settings.waiting)), Arc::new(settings));
        let mut keepers = JoinSet::new();
        for _ in 0..settings.workers.max(1) {
            let keeper = Keeper { desk: Arc::clone(&desk), settings: Arc::clone(&settings) };
            keepers.spawn(keeper.keep());
        }
        ProcessPool { desk, keepers: Mutex::new(keepers), requests: AtomicU64::new(0) }
    }

    // ANCHOR: call
    /// Has a worker do a job, and awaits what comes of it.
    ///
    /// Cancelling it really stops the job: if it has begun, its worker is killed, and what that has started.
    ///
    /// # Errors
    /// When the job panics or is too long, its worker dies, none can be started, or too many requests wait.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let (id, name) = (self.requests.fetch_add(1, Relaxed) + 1, job.name());
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
    pub async fn shutdown(&self, limit: Duration) -> ShutDown {
        let deadline = Instant::now() + limit;
        let mut keepers = std::mem::take(&mut *self.keepers.lock().unwrap_or_else(PoisonError::into_inner));
        self.desk.close();
        let before = self.desk.stats();
        while let Ok(Some(_)) = timeout_at(deadline, keepers.join_next()).await {}
        keepers.shutdown().await;
        let finished = self.desk.stats().answered - before.answered;
        // Nobody comes for those that wait still.
        while let Some(ticket) = self.desk.next().await {
            self.desk.answer(ticket, Err(Failure::Closed));
        }
        ShutDown { finished, killed: (before.waiting + before.running) as u64 - finished }
    }
}
