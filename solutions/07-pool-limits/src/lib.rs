//! Admission before the pool: a job has a slot before it has a thread, so the pool never starves.
//!
//! Run it: `cargo run -p solution-07`, and type what you typed into lesson-07.
//! You will see one `/slow` refused at once, the name looked up at once, and an answer to each `/nested`.
//!
//! ```text
//!   event loop          admission                      blocking pool: 4 threads, none reads keys
//!   /slow, /nested ───▶ slow: 2 slots, 2 may wait ───▶ job, job
//!     "busy" ◀───────── inner: 1 slot, 1 may wait ◀─────────┘ awaits an inner job
//!                         └──────────────────────────▶ inner job
//!   /look, /read ────────────────────────────────────▶ one is always left for these
//! ```

use std::{io, iter, process::ExitCode, sync::Arc, thread, time::Duration};

use practice::{Visit, read_line, trace};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{Semaphore, mpsc};
use tokio::{fs, net::lookup_host, task};

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
) -> io::Result<mpsc::Receiver<io::Result<String>>> {
    let (keys, lines) = mpsc::channel(16);
    let reading = move || iter::from_fn(|| read().transpose()).try_for_each(|line| keys.blocking_send(line));
    thread::Builder::new().name("reading thread".into()).spawn(reading)?;
    Ok(lines)
}

// ANCHOR: pool
/// Lets some jobs run and some more wait; whoever comes after these is told that it is busy.
pub struct Pool {
    /// A permit for each job that may run.
    slots: Arc<Semaphore>,
    /// One permit for each job that may run or wait.
    places: Arc<Semaphore>,
}

impl Pool {
    /// At most `slots` jobs run, and at most `queue` jobs wait.
    pub fn new(slots: usize, queue: usize) -> Pool {
        let [slots, places] = [slots, slots + queue].map(|permits| Arc::new(Semaphore::new(permits)));
        Pool { slots, places }
    }

    /// Runs `job` on a thread that may block, and gives its result; `ResourceBusy` at once when the queue is full.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| io::ErrorKind::ResourceBusy)?;
        let slot = self.slots.clone().acquire_owned().await.map_err(io::Error::other)?;
        let admitted = move || {
            // They end with the job: a caller that goes away must not free what is still in use.
            let _held = (place, slot);
            job()
        };
        Ok(task::spawn_blocking(admitted).await?)
    }
}
// ANCHOR_END: pool

// ANCHOR: pools
/// A pool for each kind of job; their slots together are fewer than the threads.
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
// ANCHOR_END: pools

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
