//! A small blocking pool, and no admission: slow jobs and the prompt fill it, and whatever else needs it starves.
//!
//! Run it: `cargo run -p lesson-07`. Type without a pause `/slow 10` five times, `/look localhost`, `/read LICENSE-MIT`.
//! When all have answered, type `/nested 5` three times, wait ten seconds, and type `/quit`.
//! You will see the name looked up when three `/slow` are done, and no answer to `/nested`, ever.
//!
//! ```text
//!   event loop                                 blocking pool: 4 threads
//!   prompt ──────────────────────────────────▶ read_line, until the end of input
//!   /slow ─▶ Pool::run ─▶ its queue, ────────▶ job, job, job
//!   /look, /read ───────▶ of any length        ▲
//!   /nested: a job in the pool awaits a job ───┘ in the queue of the same pool
//! ```

use std::{io, iter, process::ExitCode, sync::Arc, thread, time::Duration};

use practice::{Visit, read_line, trace};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::{fs, net::lookup_host, sync::mpsc, task};

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

/// New: calls `read` again and again, on a thread of the blocking pool; the channel closes at the end of input.
pub fn typed_lines(
    read: impl Fn() -> io::Result<Option<String>> + Send + 'static,
) -> io::Result<mpsc::Receiver<io::Result<String>>> {
    let (keys, lines) = mpsc::channel(16);
    let reading = move || iter::from_fn(|| read().transpose()).try_for_each(|line| keys.blocking_send(line));
    task::spawn_blocking(reading);
    Ok(lines)
}

/// New: the blocking pool, without a limit of its own.
pub struct Pool;

impl Pool {
    /// At most `slots` jobs should run, and at most `queue` jobs wait.
    pub fn new(_slots: usize, _queue: usize) -> Pool {
        Pool
    }

    /// Runs `job` on a thread that may block, and gives its result.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        Ok(task::spawn_blocking(job).await?)
    }
}

/// New: one pool for every kind of job.
pub struct Pools {
    /// Jobs that take long; they may await inner jobs.
    pub slow: Pool,
}

impl Pools {
    /// The pools of the client; keep the two slots, and the two places to wait.
    pub fn new() -> Arc<Pools> {
        Arc::new(Pools { slow: Pool::new(2, 2) })
    }

    /// New: runs `outer` as a slow job, which then awaits `inner` as a job of its own.
    pub async fn nested<T: Send + 'static>(
        self: &Arc<Pools>,
        outer: impl FnOnce() + Send + 'static,
        inner: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (pools, handle) = (self.clone(), Handle::current());
        let both = move || {
            outer();
            trace::blocked("inner job", || handle.block_on(pools.slow.run(inner)))
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
