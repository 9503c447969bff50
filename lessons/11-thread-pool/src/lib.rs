//! Python's `run_in_executor`, in name only: it runs the job at once, on the thread of the event loop.
//!
//! Run it: `cargo run -p lesson-11`, then type `/sleep 3` and a line of chat right after it.
//! You will see the room stand still for three seconds.
//!
//! ```text
//!   event loop
//!   run_in_executor(pool, f) ──▶ f()   runs here: nothing else does
//!   Job: a future ◀──────────────┘     is ready before anybody polls it
//! ```
//!
//! New in this lesson: `pool.rs` and `job.rs`, which you write; `settings.rs` and `refused.rs`, which stay.

use std::{io, panic::AssertUnwindSafe, process::ExitCode, sync::Arc, time::Duration};

use futures_util::FutureExt;
use practice::{Failure, Visit, println, run_command, trace};
use tokio::runtime::Builder;

mod job;
mod pool;
mod refused;
mod settings;

pub use job::Job;
pub use pool::{ThreadPool, run_in_executor};
pub use refused::Refused;
pub use settings::{Queued, Settings, Shutdown};

/// The second stage: for now it is the first one.
pub mod fast {
    pub use crate::{Job, ThreadPool, run_in_executor};
}

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
