//! How long a request takes that waits four times: the yardstick for what an instrument costs.

use std::hint::black_box;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::{spawn, yield_now};

/// How often a request waits.
pub const WAITS: u32 = 4;

/// A request that only waits.
pub async fn request() -> u32 {
    for _ in 0..WAITS {
        yield_now().await;
    }
    black_box(WAITS)
}

/// Nanoseconds of processor time, all threads included, for each of `count` requests, in the best of nine rounds: the one that other programs disturbed least.
///
/// The requests are tasks of a runtime with one thread, one after the other.
/// `begin` is called inside of it before the first round, and what it returns is dropped after the last.
///
/// # Panics
/// When the system gives no runtime.
pub fn nanoseconds<G, F>(count: u32, begin: impl FnOnce() -> G, request: impl Fn() -> F) -> f64
where
    F: Future<Output = u32> + Send + 'static,
{
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let _instrument = begin();
        let mut best = Duration::MAX;
        for _ in 0..9 {
            let began = processor_time();
            for _ in 0..count {
                let _ = spawn(request()).await;
            }
            best = best.min(processor_time() - began);
        }
        best.as_secs_f64() * 1e9 / f64::from(count)
    })
}

/// What this process has used of its processors; other programs do not count.
#[cfg(unix)]
fn processor_time() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("a clock of every Unix").into()
}

/// The time of day, where no clock of the process is at hand: other programs do count.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    use std::{sync::LazyLock, time::Instant};
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}
