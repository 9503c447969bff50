//! Jobs run in another process, but whatever a job prints, reads or sends too much of gets between client and worker.
//!
//! Run it: `cargo run -p lesson-12`, then type `/upper tea`, `/print hello`, `/upper tea` and `/shout 512`.
//! You will see answers that belong to another command, and then none at all.
//!
//! ```text
//!   client                                  worker: this program, started with `--worker`
//!   call(Job) ──▶ a line of JSON ──▶ stdin ──▶ Job::run
//!       ▲                                        │  println!
//!       └──────── the next line ◀── stdout ◀─────┘
//! ```

mod job;

mod message;

pub mod frame;

mod worker;

mod program;

mod process;

use std::{
    io,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::try_join_all;
use practice::{Visit, trace};
use tokio::runtime::Builder;

pub use job::Job;
pub use message::{Answer, Failure, Reply, Request};
pub use process::WorkerProcess;
pub use program::this_program;
pub use worker::work;

/// The worker of this client, once there is one.
type Hired = Arc<Mutex<Option<Arc<WorkerProcess>>>>;

/// Joins the room and talks; commands are jobs for the worker.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let hired = Hired::default();
    practice::talk(visit, runtime, move |line| command(hired.clone(), line))
}

/// Does what a line that starts with `/` asks for.
async fn command(hired: Hired, line: String) -> io::Result<String> {
    if let Some(kib) = line.strip_prefix("/shout") {
        return shout(hired, kib).await;
    }
    let job = Job::parse(&line)?;
    Ok(worker(&hired)?.call(job).await?.to_string())
}

/// Puts a long text in capitals, in parts of 256 KiB that are handed in together.
async fn shout(hired: Hired, kib: &str) -> io::Result<String> {
    let kib = kib.trim().parse::<usize>().ok().filter(|kib| *kib <= 1 << 16);
    let kib = kib.ok_or_else(|| io::Error::other("how many KiB, up to 65536? Try /shout 512"))?;
    let worker = worker(&hired)?;
    let part = Job::Upper("tea for two now ".repeat(256 * 64));
    let parts = try_join_all((0..kib.div_ceil(256)).map(|_| worker.call(part.clone()))).await?;
    let came_back: usize = parts.iter().map(|part| part.to_string().len()).sum();
    Ok(format!("{} KiB came back", came_back / 1024))
}

/// The worker; one that died is followed by a new one.
fn worker(hired: &Hired) -> io::Result<Arc<WorkerProcess>> {
    let mut hired = hired.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(worker) = hired.as_ref().filter(|worker| worker.is_alive()) {
        return Ok(worker.clone());
    }
    let worker = Arc::new(WorkerProcess::start(&this_program()?)?);
    *hired = Some(worker.clone());
    Ok(worker)
}
