//! RIGHT: one semaphore for both stages, the panic out of the handle's `JoinError`, and a guard in place of a oneshot.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::{io, process::ExitCode, sync::Arc};

use practice::{Failure, Visit, cores, count_primes, progress, trace, work};
use tokio::{runtime::Builder, sync::Semaphore, task, task::JoinSet};

/// Joins the room and talks; what computes goes to the pool.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let pool = Arc::new(CpuPool::by_semaphore()?);
    practice::talk(visit, runtime, move |line| command(pool.clone(), line))
}

/// What a job looks at: whether anybody still waits for its result.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// A permit for each core.
pub struct CpuPool {
    permits: Arc<Semaphore>,
}

/// Lives as long as the await.
struct Caller(Arc<AtomicBool>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

impl CpuPool {
    /// Makes the permits.
    pub fn by_semaphore() -> io::Result<CpuPool> {
        Ok(CpuPool { permits: Arc::new(Semaphore::new(cores())) })
    }

    /// Stage 2 is stage 1.
    pub fn by_rayon() -> io::Result<CpuPool> {
        CpuPool::by_semaphore()
    }

    /// Runs `job` on the blocking pool, with a permit.
    pub async fn compute<T: Send + 'static>(
        &self,
        job: impl FnOnce(Wanted<'_>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Failure::Lost)?;
        let gone = Arc::new(AtomicBool::new(false));
        let _caller = Caller(gone.clone());
        let handle = task::spawn_blocking(move || {
            let _permit = permit;
            if gone.load(Relaxed) { None } else { Some(job(&|| !gone.load(Relaxed))) }
        });
        match handle.await {
            Ok(value) => value.ok_or(Failure::Lost),
            Err(error) => Err(match error.try_into_panic() {
                Ok(panic) => Failure::panicked(&*panic),
                Err(_) => Failure::Lost,
            }),
        }
    }
}

fn primes(below: &str, wanted: Wanted<'_>) -> usize {
    count_primes(0..below.parse().expect("how many numbers?"), wanted)
}

/// Halves the range again and again, until a half is small.
fn split(from: u64, to: u64, wanted: Wanted<'_>) -> usize {
    if to - from < 1000 {
        return count_primes(from..to, wanted);
    }
    let middle = from + (to - from) / 2;
    let (low, high) = rayon::join(|| split(from, middle, wanted), || split(middle, to, wanted));
    low + high
}

async fn command(pool: Arc<CpuPool>, line: String) -> io::Result<String> {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let below = words.get(1).cloned().unwrap_or_default();
    let count = match words[0].as_str() {
        "/primes" => pool.compute(move |wanted| work("/primes", || primes(&below, wanted))).await?,
        "/split" => {
            pool.compute(move |wanted| split(0, below.parse().expect("how many numbers?"), wanted)).await?
        }
        "/forty" => return forty(pool, below).await,
        _ => return Err(io::Error::other("the commands are /primes N, /split N, /forty N and /quit")),
    };
    Ok(format!("{count} primes"))
}

async fn forty(pool: Arc<CpuPool>, below: String) -> io::Result<String> {
    let counts = (0..40).map(|_| {
        let (pool, below) = (pool.clone(), below.clone());
        async move {
            let job =
                move |wanted: Wanted<'_>| work("/forty", || (primes(&below, wanted), progress().running));
            pool.compute(job).await
        }
    });
    let counts: JoinSet<_> = counts.collect();
    let (mut answered, mut at_once) = (0, 0);
    for (_, running) in counts.join_all().await.into_iter().flatten() {
        answered += 1;
        at_once = at_once.max(running);
    }
    Ok(format!("{answered} answered, {at_once} at once, {} cores", cores()))
}
