//! RIGHT: threads of its own behind a channel, for both stages; a job asks whether the caller's `Arc` still lives.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::{io, process::ExitCode, thread};

use practice::{Failure, Visit, cores, count_primes, progress, trace, work};
use rayon::prelude::*;
use tokio::{runtime::Builder, sync::oneshot, task::JoinSet};

/// Joins the room and talks; what computes goes to the pool.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let pool = Arc::new(CpuPool::by_rayon()?);
    practice::talk(visit, runtime, move |line| command(pool.clone(), line))
}

/// What a job looks at: whether anybody still waits for its result.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Sync);

type Job = Box<dyn FnOnce() + Send>;

/// The way to the threads; they end with the last pool.
pub struct CpuPool(mpsc::Sender<Job>);

impl CpuPool {
    /// Stage 1 is stage 2.
    pub fn by_semaphore() -> io::Result<CpuPool> {
        CpuPool::by_rayon()
    }

    /// Starts a thread for each core.
    pub fn by_rayon() -> io::Result<CpuPool> {
        let (sender, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..cores() {
            let queue = queue.clone();
            thread::Builder::new().name(format!("core {number}")).spawn(move || serve(&queue))?;
        }
        Ok(CpuPool(sender))
    }

    /// Runs `job` on a core and awaits its result.
    pub async fn compute<T: Send + 'static>(
        &self,
        job: impl FnOnce(Wanted<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let alive = Arc::new(());
        let caller = Arc::downgrade(&alive);
        let (sender, result) = oneshot::channel();
        let run = move || {
            if caller.strong_count() > 0 {
                let caught = catch_unwind(AssertUnwindSafe(|| job(&|| caller.strong_count() > 0)));
                let _ = sender.send(caught.map_err(|panic| Failure::panicked(&*panic)));
            }
        };
        self.0.send(Box::new(run)).map_err(|_| Failure::Lost)?;
        let answer = result.await;
        drop(alive);
        answer.map_err(|_| Failure::Lost)?
    }
}

/// Takes one job after the other; the lock is held while the thread waits for one, and not while it runs.
fn serve(queue: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

fn primes(below: &str, wanted: Wanted<'_>) -> usize {
    count_primes(0..below.parse().expect("how many numbers?"), wanted)
}

fn split(below: &str, wanted: Wanted<'_>) -> usize {
    let below: u64 = below.parse().expect("how many numbers?");
    let part = |first| work("/split", || count_primes((first..below).step_by(16), wanted));
    (0..16).into_par_iter().map(part).sum()
}

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

async fn forty(pool: Arc<CpuPool>, below: String) -> io::Result<String> {
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
