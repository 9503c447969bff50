//! RIGHT: a channel of tickets, whose one receiver the threads share behind a lock, and Tokio's oneshot for the result.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt, io, mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    process::ExitCode,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    task::{Context, Poll},
    thread::{self, JoinHandle, ThreadId},
    time::Duration,
};

use futures_util::FutureExt;
use practice::{Failure, Visit, run_command, trace};
use tokio::{runtime::Builder, sync::oneshot};

/// The second stage is the first one.
pub mod fast {
    pub use crate::{Job, ThreadPool, run_in_executor};
}

/// Joins the room and talks.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let sleepers = Settings { threads: 2, queue: 2, name: "pool for sleep", ..Settings::default() };
    let sleepers = Arc::new(ThreadPool::new(sleepers));
    let pool = sleepers.clone();
    let ended = practice::talk(visit, runtime, move |line| command(pool.clone(), line));
    println!("the pool for sleep: {}", sleepers.shutdown(Queued::Abandon, Duration::from_millis(200)));
    ended
}

async fn command(sleepers: Arc<ThreadPool>, line: String) -> io::Result<String> {
    let pool = line.starts_with("/sleep").then_some(&*sleepers);
    let job = run_in_executor(pool, move || run_command(&line));
    AssertUnwindSafe(job).catch_unwind().await.map_err(|panic| Failure::panicked(&*panic))??
}

/// Why a job never began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// As many jobs wait as may wait.
    Full,
    /// A job of the same pool handed it in, and no thread was free for it.
    Nested,
    /// The pool was shut down before.
    Closed,
    /// The pool was shut down while the job waited.
    Abandoned,
    /// The pool has no thread, and the system starts none.
    NoThread(io::ErrorKind),
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full => write!(out, "the pool is busy, and its queue is full"),
            other => write!(out, "refused: {other:?}"),
        }
    }
}

impl Error for Refused {}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> io::Error {
        io::Error::other(refused)
    }
}

/// How large a pool may become, and for how long it stays so.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many jobs may run at once.
    pub threads: usize,
    /// How many jobs may wait for a thread.
    pub queue: usize,
    /// How long a thread waits for a job before it ends.
    pub keep_alive: Duration,
    /// What the threads are called.
    pub name: &'static str,
    /// How large the stack of each thread is.
    pub stack: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        let threads = 32.min(thread::available_parallelism().map_or(1, usize::from) + 4);
        Settings { threads, queue: 1024, keep_alive: Duration::from_secs(10), name: "pool", stack: 2 << 20 }
    }
}

/// What becomes of the jobs that wait when a pool is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// They are run.
    Finish,
    /// They are dropped.
    Abandon,
}

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// How many ended.
    pub finished: usize,
    /// How many were dropped.
    pub abandoned: usize,
    /// How many still run.
    pub running: usize,
}

impl fmt::Display for Shutdown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} finished, {} abandoned, {} still running", self.finished, self.abandoned, self.running)
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// A job's future: what comes through the oneshot, or the refusal.
pub enum Job<T> {
    /// It was taken.
    Taken(oneshot::Receiver<thread::Result<T>>, Place),
    /// It was not.
    Refused(Refused),
}

impl<T> Future for Job<T> {
    type Output = Result<T, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Job::Refused(why) => Poll::Ready(Err(*why)),
            // A sender that is dropped went with its closure: the job was abandoned.
            Job::Taken(receiver, _) => receiver.poll_unpin(context).map(|sent| match sent {
                Ok(ended) => Ok(ended.unwrap_or_else(|panic| resume_unwind(panic))),
                Err(_) => Err(Refused::Abandoned),
            }),
        }
    }
}

/// Takes its job out of the map when it is dropped; the ticket stays in the channel, and finds nothing.
pub struct Place(Arc<Shared>, u64);

impl Drop for Place {
    fn drop(&mut self) {
        let work = self.0.lock().waiting.remove(&self.1);
        drop(work);
    }
}

/// What the threads share.
pub struct Shared {
    settings: Settings,
    tickets: Mutex<mpsc::Receiver<u64>>,
    state: Mutex<State>,
    ends: Condvar,
}

struct State {
    sender: Option<mpsc::Sender<u64>>,
    waiting: BTreeMap<u64, Work>,
    given: u64,
    own: Vec<ThreadId>,
    free: usize,
    started: usize,
    finished: usize,
    handles: Vec<JoinHandle<()>>,
}

/// A pool of threads.
pub struct ThreadPool(Arc<Shared>);

/// Runs `job` on a thread of `pool`, or of the default pool.
pub fn run_in_executor<T: Send + 'static>(
    pool: Option<&ThreadPool>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Job<T> {
    static DEFAULT: OnceLock<ThreadPool> = OnceLock::new();
    let pool = pool.unwrap_or_else(|| DEFAULT.get_or_init(|| ThreadPool::new(Settings::default())));
    let (sender, receiver) = oneshot::channel();
    let shared = pool.0.clone();
    let work = move || {
        let ended = catch_unwind(AssertUnwindSafe(job));
        shared.change(|state| (state.free, state.finished) = (state.free + 1, state.finished + 1));
        drop(sender.send(ended));
    };
    match pool.0.add(Box::new(work)) {
        Ok(ticket) => Job::Taken(receiver, Place(pool.0.clone(), ticket)),
        Err(why) => Job::Refused(why),
    }
}

impl ThreadPool {
    /// A pool without threads.
    pub fn new(settings: Settings) -> ThreadPool {
        let (sender, tickets) = mpsc::channel();
        let state = State {
            sender: Some(sender),
            waiting: BTreeMap::new(),
            given: 0,
            own: Vec::new(),
            free: 0,
            started: 0,
            finished: 0,
            handles: Vec::new(),
        };
        let (tickets, state) = (Mutex::new(tickets), Mutex::new(state));
        ThreadPool(Arc::new(Shared { settings, tickets, state, ends: Condvar::new() }))
    }

    /// Takes no more jobs, and waits for those that it has until `limit`.
    pub fn shutdown(&self, queued: Queued, limit: Duration) -> Shutdown {
        let mut state = self.0.lock();
        state.sender = None;
        let before = state.finished;
        let dropped = if queued == Queued::Abandon { mem::take(&mut state.waiting) } else { BTreeMap::new() };
        drop(state);
        let mut abandoned = abandon(dropped);
        let lives = |state: &mut State| !state.own.is_empty();
        let waited = self.0.ends.wait_timeout_while(self.0.lock(), limit, lives);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (finished, running) = (state.finished - before, state.own.len() - state.free);
        let late = mem::take(&mut state.waiting);
        let handles = if state.own.is_empty() { mem::take(&mut state.handles) } else { Vec::new() };
        drop(state);
        abandoned += abandon(late);
        handles.into_iter().for_each(|handle| drop(handle.join()));
        Shutdown { finished, abandoned, running }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.0.change(|state| state.sender = None);
    }
}

fn abandon(waiting: BTreeMap<u64, Work>) -> usize {
    let count = waiting.len();
    waiting.into_values().for_each(|work| {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(work))).map_err(mem::forget);
    });
    count
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
    }

    fn add(self: &Arc<Self>, work: Work) -> Result<u64, Refused> {
        let mut state = self.lock();
        if state.sender.is_none() {
            return Err(Refused::Closed);
        }
        if state.waiting.len() >= state.free && state.own.len() < self.settings.threads.max(1) {
            let shared = self.clone();
            let name = format!("{} {}", self.settings.name, state.started + 1);
            let builder = thread::Builder::new().name(name).stack_size(self.settings.stack);
            match builder.spawn(move || while shared.serve().is_some() {}) {
                Ok(handle) => {
                    state.own.push(handle.thread().id());
                    state.handles.push(handle);
                    (state.started, state.free) = (state.started + 1, state.free + 1);
                }
                Err(error) if state.own.is_empty() => return Err(Refused::NoThread(error.kind())),
                Err(_) => {}
            }
        }
        let is_nested = state.own.contains(&thread::current().id());
        let room = state.free + if is_nested { 0 } else { self.settings.queue };
        if state.waiting.len() >= room {
            return Err(if is_nested { Refused::Nested } else { Refused::Full });
        }
        state.given += 1;
        let ticket = state.given;
        state.waiting.insert(ticket, work);
        state.sender.as_ref().and_then(|sender| sender.send(ticket).ok());
        Ok(ticket)
    }

    /// Takes a ticket and runs its job; `None` when the thread must end.
    fn serve(&self) -> Option<()> {
        let tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = tickets.recv_timeout(self.settings.keep_alive);
        drop(tickets);
        let mut state = self.lock();
        let Ok(ticket) = ticket else {
            // A job that came after the time was over has its ticket in the channel.
            if !state.waiting.is_empty() {
                return Some(());
            }
            state.own.retain(|id| *id != thread::current().id());
            state.free -= 1;
            self.ends.notify_all();
            return None;
        };
        let work = state.waiting.remove(&ticket);
        state.free -= usize::from(work.is_some());
        drop(state);
        if let Some(work) = work {
            let _ = catch_unwind(AssertUnwindSafe(work)).map_err(mem::forget);
        }
        Some(())
    }
}
