//! Computation has a pool as wide as the machine, and each job gives a value or says why it has none.
//!
//! Run it: `cargo run -p solution-09`, then type `/primes 1000000`, `/forty 60000`, `/split 1000000` and `/primes x`.
//! You will see the room go on, and never more jobs at once than the machine has cores.
//!
//! ```text
//!   event loop            as many at once as there are cores
//!   compute(job) ──┬──▶ a permit ──▶ spawn_blocking ───┬──▶ catch_unwind(job)
//!      ▲           └──▶ rayon's queue ──▶ its thread ──┘       │
//!      └─────── oneshot: a value, or a Failure ◀───────────────┘
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, process::ExitCode, sync::Arc};

use practice::{Failure, Visit, cores, count_primes, progress, trace, work};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use tokio::sync::{Semaphore, oneshot};
use tokio::{runtime::Builder, task, task::JoinSet};

/// Joins the room and talks; what computes goes to the pool.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let pool = Arc::new(CpuPool::by_rayon()?);
    practice::talk(visit, runtime, move |line| command(pool.clone(), line))
}

/// What a job looks at: whether anybody still waits for its result.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// Runs jobs that compute, as many at once as there are cores.
pub enum CpuPool {
    /// A permit for each core, before Tokio's blocking pool.
    Permits(Arc<Semaphore>),
    /// A thread of rayon for each core.
    Threads(ThreadPool),
}

impl CpuPool {
    // ANCHOR: pools
    /// Stage 1: Tokio's blocking pool, with a permit for each core before it.
    pub fn by_semaphore() -> io::Result<CpuPool> {
        Ok(CpuPool::Permits(Arc::new(Semaphore::new(cores()))))
    }

    /// Stage 2: rayon, with a thread for each core.
    pub fn by_rayon() -> io::Result<CpuPool> {
        let threads = ThreadPoolBuilder::new().num_threads(cores()).thread_name(|n| format!("cpu {n}"));
        Ok(CpuPool::Threads(threads.build().map_err(io::Error::other)?))
    }
    // ANCHOR_END: pools

    // ANCHOR: compute
    /// Runs `job` on a core and awaits its result; a job whose caller is gone is not wanted any more.
    pub async fn compute<T: Send + 'static>(
        &self,
        job: impl FnOnce(Wanted<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, result) = oneshot::channel();
        let work = move || {
            if !sender.is_closed() {
                let caught = catch_unwind(AssertUnwindSafe(|| job(&|| !sender.is_closed())));
                let _ = sender.send(caught.map_err(|panic| Failure::panicked(&*panic)));
            }
        };
        match self {
            CpuPool::Permits(permits) => {
                let permit = permits.clone().acquire_owned().await;
                // The job owns its permit: its place is taken until it ends, whoever waits for it.
                task::spawn_blocking(move || (work(), permit));
            }
            CpuPool::Threads(pool) => pool.spawn(work),
        }
        result.await.unwrap_or(Err(Failure::Lost))
    }
    // ANCHOR_END: compute
}

/// Counts the primes below `below` on one core; panics when that is no number, as a careless job does.
fn primes(below: &str, wanted: Wanted<'_>) -> usize {
    count_primes(0..below.parse().expect("how many numbers?"), wanted)
}

/// Counts them in 16 parts, on all threads of the rayon pool that it runs in.
fn split(below: &str, wanted: Wanted<'_>) -> usize {
    let below: u64 = below.parse().expect("how many numbers?");
    let part = |first| work("/split", || count_primes((first..below).step_by(16), wanted));
    (0..16).into_par_iter().map(part).sum()
}

/// Does what a line that starts with `/` asks for.
async fn command(pool: Arc<CpuPool>, line: String) -> io::Result<String> {
    let (name, below) = line.split_once(' ').unwrap_or((&line, ""));
    let below = below.to_owned();
    let count = match name {
        "/primes" => pool.compute(move |wanted| work("/primes", || primes(&below, wanted))).await?,
        "/split" => pool.compute(move |wanted| split(&below, wanted)).await?,
        "/forty" => return forty(pool, below).await,
        _ => return Err(io::Error::other("the commands are /primes N, /split N, /forty N and /quit")),
    };
    Ok(format!("{count} primes"))
}

/// Hands in 40 jobs, and tells how many of them were seen to run at once.
async fn forty(pool: Arc<CpuPool>, below: String) -> io::Result<String> {
    if below.parse::<u64>().is_err() {
        return Err(io::Error::other("how many numbers? Try /forty 60000"));
    }
    let mut jobs = JoinSet::new();
    for _ in 0..40 {
        let (pool, below) = (pool.clone(), below.clone());
        let job = move |wanted: Wanted<'_>| work("/forty", || (primes(&below, wanted), progress().running));
        jobs.spawn(async move { pool.compute(job).await });
    }
    let answers = jobs.join_all().await;
    let at_once = answers.iter().flatten().map(|(_, running)| *running).max().unwrap_or(0);
    Ok(format!("{} answered, {at_once} at once, {} cores", answers.iter().flatten().count(), cores()))
}
