//! Python's `run_in_executor`, built by hand: a pool of threads, and for each job a future that any runtime can await.
//!
//! Run it: `cargo run -p solution-11`, and type what you typed into lesson-11.
//! You will see the room go on, two sleepers at once, two that wait, and a fifth that is refused at once.
//!
//! ```text
//!   event loop                       queue              threads: pool 1, pool 2
//!   run_in_executor(pool, f) ──f──▶ [ f  f  f ] ──f──▶ run it, catch its panic ─┐
//!   Job: a future ◀──wake──────── slot: result or panic ◀───────────────────────┘
//! ```
//!
//! Read on in this order: `pool.rs`, `queue.rs`, `worker.rs`, `job.rs`; then `fast.rs`, the second stage.

use std::{io, panic::AssertUnwindSafe, process::ExitCode, sync::Arc, time::Duration};

use futures_util::FutureExt;
use practice::{Failure, Visit, println, run_command, trace};
use tokio::runtime::Builder;

pub mod fast;
mod fast_cell;
mod fast_job;
mod fast_queue;
mod fast_wait;
mod fast_worker;
mod job;
mod pool;
mod queue;
mod refused;
mod settings;
mod worker;

pub use job::Job;
pub use pool::{ThreadPool, run_in_executor};
pub use refused::Refused;
pub use settings::{Queued, Settings, Shutdown};

/// How long the end of the client waits for jobs that run.
const GRACE: Duration = Duration::from_millis(200);

/// Joins the room and talks; `/sleep` has a pool of its own, and the other commands share the default one.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let sleepers = Settings { threads: 2, queue: 2, name: "pool for sleep", ..Settings::default() };
    let sleepers = Arc::new(ThreadPool::new(sleepers));
    let pool = sleepers.clone();
    let ended = practice::talk(visit, runtime, move |line| command(pool.clone(), line))?;
    println!("the pool for sleep: {}", sleepers.shutdown(Queued::Abandon, GRACE));
    Ok(ended)
}

/// Does what a line that starts with `/` asks for; the panic of a job arrives here, at the await.
async fn command(sleepers: Arc<ThreadPool>, line: String) -> io::Result<String> {
    let pool = line.starts_with("/sleep").then_some(&*sleepers);
    let job = run_in_executor(pool, move || run_command(&line));
    AssertUnwindSafe(job).catch_unwind().await.map_err(|panic| Failure::panicked(&*panic))??
}
