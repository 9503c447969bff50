//! A pool of worker processes; so far it has one, which is lent to one call after the other.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use practice::trace;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    frame::Frame,
    job::Job,
    message::{Answer, Failure, Request},
    process::WorkerProcess,
    program,
    settings::Settings,
    stats::{ShutDown, Stats},
};

/// A pool of worker processes.
pub struct ProcessPool {
    /// What it was told.
    settings: Settings,
    /// The one worker, once there is one.
    worker: Mutex<Option<WorkerProcess>>,
    /// The number of the next request; 0 is for the worker, which says that it is there.
    requests: AtomicU64,
}

impl ProcessPool {
    /// Makes a pool, from inside of a runtime; the first worker starts with the first request.
    pub fn new(settings: Settings) -> ProcessPool {
        ProcessPool { settings, worker: Mutex::default(), requests: AtomicU64::new(1) }
    }

    /// Has a worker do a job, and awaits what comes of it.
    ///
    /// # Errors
    /// When the job panics or is too long, its worker dies, or none can be started.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let (id, name) = (self.requests.fetch_add(1, Relaxed), job.name());
        let frame = Frame::of(Request { id, job }).map_err(|error| Failure::Refused(error.to_string()))?;
        let mut hired = self.worker.lock().await;
        let worker = match &mut *hired {
            Some(worker) => worker,
            none => none.insert(self.start().await?),
        };
        let _span = trace::request(worker.id, name);
        match worker.ask(id, frame).await {
            Ok(outcome) => outcome,
            Err(instead) => Err(Failure::Died(instead.unwrap_or("its replies ended".to_owned()))),
        }
    }

    /// As [`ProcessPool::call`], but for no longer than `limit`.
    ///
    /// # Errors
    /// As [`ProcessPool::call`], and when the time is up.
    pub async fn call_within(&self, job: Job, limit: Duration) -> Result<Answer, Failure> {
        timeout(limit, self.call(job)).await.unwrap_or(Err(Failure::TimedOut(limit)))
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        let id = self.worker.try_lock().ok().and_then(|worker| worker.as_ref().map(|worker| worker.id));
        Stats { started: id.is_some().into(), workers: id.into_iter().collect(), ..Stats::default() }
    }

    /// Takes no more requests, gives those that it has `limit` to end, then kills what is left.
    pub async fn shutdown(&self, _limit: Duration) -> ShutDown {
        ShutDown { finished: 0, killed: 0 }
    }

    async fn start(&self) -> Result<WorkerProcess, Failure> {
        let no_worker = |error: std::io::Error| Failure::NoWorker(error.to_string());
        let program = self.settings.program.clone().map_or_else(program::this_program, Ok);
        let worker = WorkerProcess::start(&program.map_err(no_worker)?).map_err(no_worker)?;
        worker.ready(self.settings.start).await.map_err(no_worker)
    }
}
