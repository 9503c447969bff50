//! RIGHT: no semaphore, and none of Tokio's threads: a deque with a lock, and one named thread for each slot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{collections::VecDeque, io, iter, process::ExitCode, thread, time::Duration};

use practice::{Visit, read_line, trace};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::{fs, net::lookup_host};

/// Joins the room and talks.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let pools = Pools::new();
    let command = move |line| command(pools.clone(), line);
    practice::talk_with(visit, runtime()?, || typed_lines(read_line), command)
}

/// A runtime whose blocking pool has four threads; keep the four.
pub fn runtime() -> io::Result<Runtime> {
    trace::event_loop(Builder::new_current_thread().enable_all().max_blocking_threads(4)).build()
}

/// Calls `read` again and again, on a thread of its own; the channel closes at the end of input.
pub fn typed_lines(
    read: impl Fn() -> io::Result<Option<String>> + Send + 'static,
) -> io::Result<mpsc::Receiver<String>> {
    let (sender, lines) = mpsc::channel(16);
    let reading = move || iter::from_fn(|| read().ok()?).try_for_each(|line| sender.blocking_send(line));
    thread::Builder::new().name("reading thread".into()).spawn(reading)?;
    Ok(lines)
}
/// Threads of its own, one for each slot, and a queue that knows its length.
pub struct Pool {
    /// What callers and threads share.
    shared: Arc<Shared>,
    /// How many jobs may run or wait.
    places: usize,
}

struct Shared {
    /// Who waits and who runs.
    state: Mutex<State>,
    /// Notified when a job comes, and when the pool ends.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Jobs that wait, each with its ticket.
    waiting: VecDeque<(u64, Box<dyn FnOnce() + Send>)>,
    /// How many run.
    running: usize,
    /// The last ticket that was given.
    ticket: u64,
    /// Whether the threads should end.
    is_over: bool,
}

/// Takes a job out of the queue when its caller goes away.
struct Ticket(Arc<Shared>, u64);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.state().waiting.retain(|(ticket, _)| *ticket != self.1);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one job after the other.
    fn work(&self) {
        loop {
            let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_over;
            let state = self.changed.wait_while(self.state(), is_idle);
            let mut state = state.unwrap_or_else(PoisonError::into_inner);
            let Some((_, job)) = state.waiting.pop_front() else { return };
            state.running += 1;
            drop(state);
            job();
        }
    }
}

impl Pool {
    /// At most `slots` jobs run, and at most `queue` jobs wait.
    pub fn new(slots: usize, queue: usize) -> Pool {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        for number in 1..=slots {
            let shared = shared.clone();
            let named = thread::Builder::new().name(format!("worker {number}"));
            let _ = named.spawn(move || shared.work());
        }
        Pool { shared, places: slots + queue }
    }

    /// Runs `job` on one of these threads, and gives its result.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let (sender, result) = oneshot::channel();
        let shared = self.shared.clone();
        let admitted = move || {
            let ended = catch_unwind(AssertUnwindSafe(job));
            shared.state().running -= 1;
            let _ = sender.send(ended);
        };
        let _ticket = self.queue(Box::new(admitted))?;
        let ended = result.await.map_err(io::Error::other)?;
        ended.map_err(|_| io::Error::other("the job panicked"))
    }

    /// Puts a job into the queue, if there is a place.
    fn queue(&self, job: Box<dyn FnOnce() + Send>) -> io::Result<Ticket> {
        let mut state = self.shared.state();
        if state.running + state.waiting.len() >= self.places {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        state.ticket += 1;
        let ticket = state.ticket;
        state.waiting.push_back((ticket, job));
        self.shared.changed.notify_one();
        Ok(Ticket(self.shared.clone(), ticket))
    }
}

/// A pool for each kind of job, and Tokio's for names and files.
pub struct Pools {
    /// Jobs that take long; they may await inner jobs.
    pub slow: Pool,
    /// Inner jobs, which await no other; each job that runs in `slow` finds a place here.
    inner: Pool,
}

impl Pools {
    /// The pools of the client.
    pub fn new() -> Arc<Pools> {
        Arc::new(Pools { slow: Pool::new(2, 2), inner: Pool::new(1, 1) })
    }

    /// Runs `outer` as a slow job, which then awaits `inner` as a job of its own.
    pub async fn nested<T: Send + 'static>(
        self: &Arc<Pools>,
        outer: impl FnOnce() + Send + 'static,
        inner: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (pools, handle) = (self.clone(), Handle::current());
        let both = move || {
            outer();
            trace::blocked("inner job", || handle.block_on(pools.inner.run(inner)))
        };
        self.slow.run(both).await?
    }
}

/// Does what a line that starts with `/` asks for.
async fn command(pools: Arc<Pools>, line: String) -> io::Result<String> {
    match line.split_once(' ').unwrap_or((&line, "")) {
        ("/slow", time) => pools.slow.run(sleep(time)?).await.map(|()| "awake again".into()),
        ("/nested", time) => pools.nested(sleep(time)?, sleep(time)?).await.map(|()| "both awake".into()),
        ("/look", host) => lookup_host((host, 0)).await.map(|_| "found".into()),
        ("/read", file) => Ok(format!("{} bytes", fs::read(file).await?.len())),
        _ => Err(io::Error::other("the commands are /slow S, /nested S, /look HOST, /read FILE and /quit")),
    }
}

/// A job that blocks its thread for so many seconds.
fn sleep(seconds: &str) -> io::Result<impl FnOnce() + Send + 'static> {
    let time = seconds.parse().map(Duration::try_from_secs_f64);
    let Ok(Ok(time)) = time else { return Err(io::Error::other("how many seconds? Try /slow 3")) };
    Ok(move || trace::job("sleep", || thread::sleep(time)))
}
