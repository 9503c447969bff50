//! Computation blocks whichever thread it runs on: the event loop's, or far more threads than there are cores.
//!
//! Run it: `cargo run -p lesson-09`, then type `/primes 1000000`, `/forty 60000`, `/split 1000000` and `/primes x`.
//! You will see the room stand still, then forty jobs at once, then a job that is never answered.
//!
//! ```text
//!   event loop
//!   compute(job) ──▶ job()           computes here: nothing else runs
//!   /split ────────▶ par_iter        waits here for rayon's threads
//!   /forty ────────▶ spawn_blocking  forty threads, on a few cores
//! ```

use std::{io, process::ExitCode, sync::Arc};

use practice::{Failure, Visit, cores, count_primes, progress, trace, work};
use rayon::prelude::*;
use tokio::{runtime::Builder, task::JoinSet};

/// Joins the room and talks; what computes goes to the pool.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let pool = Arc::new(CpuPool::by_rayon()?);
    practice::talk(visit, runtime, move |line| command(pool.clone(), line))
}

/// New in this lesson: what a job looks at, whether anybody still waits for its result.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// New: runs jobs that compute, but not yet in a pool.
pub enum CpuPool {
    /// To be a permit for each core, before Tokio's blocking pool.
    Permits,
    /// To be a thread of rayon for each core.
    Threads,
}

impl CpuPool {
    /// Stage 1: Tokio's blocking pool, with a permit for each core before it.
    pub fn by_semaphore() -> io::Result<CpuPool> {
        Ok(CpuPool::Permits)
    }

    /// Stage 2: rayon, with a thread for each core.
    pub fn by_rayon() -> io::Result<CpuPool> {
        Ok(CpuPool::Threads)
    }

    /// Runs `job` and gives its result: but on the thread of the event loop.
    pub async fn compute<T: Send + 'static>(
        &self,
        job: impl FnOnce(Wanted<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(job(&|| true))
    }
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

/// New: does what a line that starts with `/` asks for.
async fn command(pool: Arc<CpuPool>, line: String) -> io::Result<String> {
    let (name, below) = line.split_once(' ').unwrap_or((&line, ""));
    let below = below.to_owned();
    let count = match name {
        "/primes" => pool.compute(move |wanted| work("/primes", || primes(&below, wanted))).await?,
        "/split" => split(&below, &|| true),
        "/forty" => return forty(below).await,
        _ => return Err(io::Error::other("the commands are /primes N, /split N, /forty N and /quit")),
    };
    Ok(format!("{count} primes"))
}

/// New: hands in 40 jobs, and tells how many of them were seen to run at once.
async fn forty(below: String) -> io::Result<String> {
    if below.parse::<u64>().is_err() {
        return Err(io::Error::other("how many numbers? Try /forty 60000"));
    }
    let mut jobs = JoinSet::new();
    for _ in 0..40 {
        let below = below.clone();
        let job = move |wanted: Wanted<'_>| work("/forty", || (primes(&below, wanted), progress().running));
        jobs.spawn_blocking(move || Ok::<_, Failure>(job(&|| true)));
    }
    let answers = jobs.join_all().await;
    let at_once = answers.iter().flatten().map(|(_, running)| *running).max().unwrap_or(0);
    Ok(format!("{} answered, {at_once} at once, {} cores", answers.iter().flatten().count(), cores()))
}
