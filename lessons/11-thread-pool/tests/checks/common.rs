//! What the checks share: both stages of the pool behind one face, a gate that holds jobs, and polls by hand.

use std::{
    future::Future,
    panic::resume_unwind,
    pin::{Pin, pin},
    sync::{Arc, Condvar, Mutex},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread, ThreadId},
    time::Duration,
};

use checks::{Explain, check, patience, within};
use thread_pool::{Queued, Refused, Settings, Shutdown, ThreadPool, fast, run_in_executor};

pub const IDEA: &str = "11-thread-pool.md#the-idea";
pub const THREADS: &str = "11-thread-pool.md#task-1-a-queue-and-its-threads";
pub const BOUNDS: &str = "11-thread-pool.md#task-3-bounds-and-answers";
pub const END: &str = "11-thread-pool.md#task-5-the-end-of-threads";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const STAYS: &str =
    "the end waits for the job: in `shutdown` for longer than its limit, or in the drop of a pool";

/// How long a job has to begin that must not begin; a job that may begin is waited for.
pub const QUIET: Duration = Duration::from_millis(150);

/// The two stages of the lesson.
pub const STAGES: [Stage; 2] = [Stage::Plain, Stage::Fast];

#[derive(Clone, Copy, Debug)]
pub enum Stage {
    Plain,
    Fast,
}

#[derive(Clone)]
pub enum Pool {
    Plain(Arc<ThreadPool>),
    Fast(Arc<fast::ThreadPool>),
}

/// A job's future, of either stage.
pub type Running<T> = Pin<Box<dyn Future<Output = Result<T, Refused>> + Send>>;

/// Threads that stay.
pub fn settings(threads: usize, queue: usize) -> Settings {
    Settings { threads, queue, keep_alive: 100 * patience(), ..Settings::default() }
}

impl Stage {
    pub fn pool(self, threads: usize, queue: usize) -> Pool {
        self.pool_with(settings(threads, queue))
    }

    pub fn pool_with(self, settings: Settings) -> Pool {
        match self {
            Stage::Plain => Pool::Plain(Arc::new(ThreadPool::new(settings))),
            Stage::Fast => Pool::Fast(Arc::new(fast::ThreadPool::new(settings))),
        }
    }

    /// Hands a job to the default pool.
    pub fn run_in_default<T: Send + 'static>(self, job: impl FnOnce() -> T + Send + 'static) -> Running<T> {
        match self {
            Stage::Plain => Box::pin(run_in_executor(None, job)),
            Stage::Fast => Box::pin(fast::run_in_executor(None, job)),
        }
    }
}

impl Pool {
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Running<T> {
        match self {
            Pool::Plain(pool) => Box::pin(run_in_executor(Some(pool), job)),
            Pool::Fast(pool) => Box::pin(fast::run_in_executor(Some(pool), job)),
        }
    }

    /// Hands in a job that waits at a fresh gate, and waits until it does.
    pub fn run_until_begun<T: Send + 'static>(
        &self,
        gate: &Gate,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Running<T> {
        let job = self.run(gate.job(job));
        gate.crowd(1, patience());
        job
    }

    pub fn shutdown(&self, queued: Queued, limit: Duration) -> Shutdown {
        match self {
            Pool::Plain(pool) => pool.shutdown(queued, limit),
            Pool::Fast(pool) => pool.shutdown(queued, limit),
        }
    }
}

/// Runs a check's work, bounded.
#[track_caller]
pub fn seen<T: Send + 'static>(
    stage: Stage,
    likely: &str,
    read: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    within(patience(), &format!("{stage:?}: the check is done with its jobs"), work).or_explain(likely, read)
}

/// Where jobs are counted, and wait until they are let go.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<Inside>, Condvar)>);

#[derive(Default)]
struct Inside {
    /// How many jobs are inside now.
    now: usize,
    /// How many there were at once at most.
    most: usize,
    /// Whether they may go.
    open: bool,
}

impl Gate {
    pub fn new() -> Gate {
        Gate::default()
    }

    /// A job that waits at the gate before it does its work.
    pub fn job<T, F: FnOnce() -> T>(&self, work: F) -> impl FnOnce() -> T + use<T, F> {
        let gate = self.clone();
        move || {
            gate.pass();
            work()
        }
    }

    fn pass(&self) {
        let (inside, changed) = &*self.0;
        let mut inside = inside.lock().unwrap();
        inside.now += 1;
        inside.most = inside.most.max(inside.now);
        changed.notify_all();
        inside = changed.wait_while(inside, |inside| !inside.open).unwrap();
        inside.now -= 1;
    }

    /// Lets all jobs go, those to come too.
    pub fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Waits until `count` jobs were inside at once, and says how many there were at most.
    pub fn crowd(&self, count: usize, limit: Duration) -> usize {
        let inside = self.0.0.lock().unwrap();
        self.0.1.wait_timeout_while(inside, limit, |inside| inside.most < count).unwrap().0.most
    }
}

pub fn thread_id() -> ThreadId {
    thread::current().id()
}

/// Polls on this thread, which parks in between: no runtime at all.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, waker) = (pin!(future), Waker::from(Arc::new(Unpark(thread::current()))));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// One poll, with a waker of the check's own.
pub fn poll<T>(job: &mut Running<T>, waker: &Waker) -> Poll<Result<T, Refused>> {
    job.as_mut().poll(&mut Context::from_waker(waker))
}

/// Panics when it is dropped.
pub struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        if !thread::panicking() {
            resume_unwind(Box::new("as it should"));
        }
    }
}

/// Three that waited must have heard `Abandoned`.
#[track_caller]
pub fn three_abandoned(heard: &[Result<(), Refused>], likely: &str) {
    check(heard == [Err(Refused::Abandoned); 3], "`Abandoned`, 3 times", format!("{heard:?}"))
        .or_explain(likely, END);
}

/// Both stages, and both ways to shut down.
pub fn every_end() -> impl Iterator<Item = (Stage, Queued)> {
    STAGES.into_iter().flat_map(|stage| [(stage, Queued::Abandon), (stage, Queued::Finish)])
}

/// Two jobs, each on a thread of its own.
pub fn two_at_once(pool: &Pool) -> [Running<()>; 2] {
    let gate = Gate::new();
    let jobs = [(); 2].map(|()| pool.run(gate.job(|| ())));
    gate.crowd(2, patience() / 3);
    gate.open();
    jobs
}

/// Each job awaits the next one, from its thread; says how many ran.
pub fn chain(pool: &Pool, jobs: usize) -> Result<usize, Refused> {
    if jobs == 0 {
        return Ok(0);
    }
    let inner = pool.clone();
    Ok(1 + block_on(pool.run(move || chain(&inner, jobs - 1)))??)
}
