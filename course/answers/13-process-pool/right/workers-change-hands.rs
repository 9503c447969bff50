//! RIGHT: no keepers: a call takes a worker, and gives it back only when it has its answer; an idle one is a task.
//! instead-of: pool.rs

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use practice::trace;
use tokio::{
    select,
    sync::{Notify, Semaphore, oneshot},
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    frame::Frame,
    job::Job,
    message::{Answer, Failure, Request},
    process::WorkerProcess,
    program,
    settings::Settings,
    stats::{ShutDown, Stats},
};

/// Asks an idle worker's task for the worker.
type Take = oneshot::Sender<oneshot::Sender<WorkerProcess>>;

/// A pool of worker processes. Dropping it kills them, and whatever they have started.
pub struct ProcessPool {
    /// What it was told.
    settings: Settings,
    /// A place for each worker.
    places: Arc<Semaphore>,
    /// What is counted, and the workers that have nothing to do.
    state: Arc<Mutex<State>>,
    /// The tasks of idle workers.
    idle: Mutex<JoinSet<()>>,
    /// Told when the pool has been shut down, to whoever has a worker.
    end: Notify,
    /// The number of the last request.
    requests: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Asks idle workers, the one that was busy last at the end.
    idle: Vec<Take>,
    /// What is counted.
    stats: Stats,
}

/// Counts a call in one way or another until it is dropped.
struct Counted<'a>(&'a ProcessPool, fn(&mut Stats) -> &mut usize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        *self.1(&mut self.0.state().stats) -= 1;
    }
}

/// A worker that somebody has; when it is dropped it is no longer counted.
struct Hired<'a>(&'a ProcessPool, Option<WorkerProcess>);

impl Drop for Hired<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.1.take() {
            self.0.state().stats.workers.retain(|id| *id != worker.id);
        }
    }
}

impl ProcessPool {
    /// Makes a pool, from inside of a runtime.
    pub fn new(settings: Settings) -> ProcessPool {
        let places = Arc::new(Semaphore::new(settings.workers.max(1)));
        let (state, idle) = Default::default();
        ProcessPool { settings, places, state, idle, end: Notify::new(), requests: AtomicU64::new(0) }
    }

    /// Has a worker do a job; cancelling it drops the worker, and so kills it.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let (id, name) = (self.requests.fetch_add(1, Relaxed) + 1, job.name());
        let frame = Frame::of(Request { id, job }).map_err(|error| Failure::Refused(error.to_string()))?;
        let place = match self.places.try_acquire() {
            Ok(place) => place,
            Err(_) => {
                let queued = self.queue()?;
                let place = self.places.acquire().await.map_err(|_| Failure::Closed)?;
                drop(queued);
                place
            }
        };
        self.state().stats.running += 1;
        let running = Counted(self, |stats| &mut stats.running);
        let outcome = self.ask(id, name, frame).await;
        drop(running);
        self.state().stats.answered += 1;
        drop(place);
        outcome
    }

    /// As [`ProcessPool::call`], but for no longer than `limit`.
    pub async fn call_within(&self, job: Job, limit: Duration) -> Result<Answer, Failure> {
        timeout(limit, self.call(job)).await.unwrap_or(Err(Failure::TimedOut(limit)))
    }

    /// What can be told about the pool now.
    pub fn stats(&self) -> Stats {
        self.state().stats.clone()
    }

    /// Takes no more requests, gives those that it has `limit` to end, then kills what is left.
    pub async fn shutdown(&self, limit: Duration) -> ShutDown {
        let before = self.stats();
        // Whoever waits already gets a place first: the semaphore is fair.
        let all = self.settings.workers.max(1) as u32;
        let _ = timeout_at(Instant::now() + limit, self.places.acquire_many(all)).await;
        let finished = self.stats().answered - before.answered;
        self.places.close();
        self.end.notify_waiters();
        let mut idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        self.state().idle.clear();
        idle.shutdown().await;
        ShutDown { finished, killed: (before.waiting + before.running) as u64 - finished }
    }

    /// A place in the queue.
    fn queue(&self) -> Result<Counted<'_>, Failure> {
        if self.places.is_closed() {
            return Err(Failure::Closed);
        }
        let mut state = self.state();
        if state.stats.waiting >= self.settings.waiting {
            return Err(Failure::Busy(self.settings.waiting));
        }
        state.stats.waiting += 1;
        Ok(Counted(self, |stats| &mut stats.waiting))
    }

    async fn ask(&self, id: u64, name: &'static str, frame: Frame) -> Result<Answer, Failure> {
        let mut hired = Hired(self, Some(self.hire().await?));
        let Some(worker) = hired.1.as_mut() else { return Err(Failure::Closed) };
        let asked = {
            let _span = trace::request(worker.id, name);
            select! {
                asked = worker.ask(id, frame) => asked,
                () = self.end.notified() => return Err(Failure::Closed),
            }
        };
        match asked {
            Ok(outcome) => {
                if let Some(worker) = hired.1.take() {
                    self.rest(worker);
                }
                outcome
            }
            Err(instead) => Err(Failure::Died(worker.bury(instead).await)),
        }
    }

    /// The worker that was busy last, or a new one.
    async fn hire(&self) -> Result<WorkerProcess, Failure> {
        loop {
            let idle = self.state().idle.pop();
            let Some(take) = idle else { break };
            let (give, worker) = oneshot::channel();
            if take.send(give).is_ok()
                && let Ok(worker) = worker.await
            {
                return Ok(worker);
            }
        }
        let mut failed = String::new();
        for pause in [0, 20, 80] {
            sleep(Duration::from_millis(pause)).await;
            self.state().stats.started += 1;
            let program = self.settings.program.clone().map_or_else(program::this_program, Ok);
            let program = program.map_err(|error| Failure::NoWorker(error.to_string()))?;
            match WorkerProcess::start(&program, self.settings.start).await {
                Ok(worker) => {
                    self.state().stats.workers.push(worker.id);
                    return Ok(worker);
                }
                Err(error) => failed = error.to_string(),
            }
        }
        Err(Failure::NoWorker(failed))
    }

    /// Lets a worker wait for the next request, or for its end.
    fn rest(&self, mut worker: WorkerProcess) {
        let (take, mut taken) = oneshot::channel::<oneshot::Sender<WorkerProcess>>();
        self.state().idle.push(take);
        let state = self.state.clone();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).spawn(async move {
            let give = select! {
                biased;
                () = worker.stirs() => None,
                give = &mut taken => give.ok(),
            };
            let id = worker.id;
            let dead = match give {
                Some(give) => give.send(worker).is_err(),
                None => {
                    worker.bury(None).await;
                    true
                }
            };
            if dead {
                state.lock().unwrap_or_else(PoisonError::into_inner).stats.workers.retain(|one| *one != id);
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
