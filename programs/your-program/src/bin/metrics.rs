//! The service that stutters, seen in Tokio's own metrics: before the freeze, meanwhile and after it.
//!
//! Run it: `cargo run -p your-program --bin metrics`.
//! You will see which worker is stuck, and that its busy time stands still until it is over.

use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::task::spawn_blocking;
use tokio::time;
use your_program::service::{Backend, answer, delay, serve, visit};

#[tokio::main(worker_threads = 2)]
async fn main() -> io::Result<()> {
    let metrics = Handle::current().metrics();
    let backend = Backend::start(delay())?;
    let at = backend.at;
    let service = serve(move |request| answer(at, request)).await?;
    println!("before:    {}", busy(&metrics));
    let sampler = thread::Builder::new().name("sampler".into());
    let stuck = sampler.spawn(move || {
        let worker = stuck(&metrics, Duration::from_millis(300))?;
        let (tasks, queue) = (metrics.num_alive_tasks(), metrics.global_queue_depth());
        println!(
            "meanwhile: worker {worker} has been running for 0.3 s; {tasks} tasks, {queue} in the queue"
        );
        println!("meanwhile: {}", busy(&metrics));
        Some(worker)
    })?;
    spawn_blocking(move || visit(service, &backend)).await??;
    let worker = stuck.join().ok().flatten().ok_or_else(|| io::Error::other("no worker was stuck"))?;
    let metrics = Handle::current().metrics();
    // The time is added when the worker falls asleep: an odd count.
    while metrics.worker_park_unpark_count(worker).is_multiple_of(2) {
        time::sleep(Duration::from_millis(10)).await;
    }
    println!("after:     {}", busy(&metrics));
    Ok(())
}

// ANCHOR: stuck
/// The worker that runs one poll for longer than `limit`, if there is one within a minute. Blocks: give it a thread.
fn stuck(metrics: &RuntimeMetrics, limit: Duration) -> Option<usize> {
    let began = Instant::now();
    let mut seen = vec![(0, Instant::now()); metrics.num_workers()];
    while began.elapsed() < Duration::from_secs(60) {
        for (worker, (count, since)) in seen.iter_mut().enumerate() {
            let now = metrics.worker_park_unpark_count(worker);
            if *count != now {
                (*count, *since) = (now, Instant::now());
            } else if now.is_multiple_of(2) && since.elapsed() > limit {
                return Some(worker); // Even is awake, and odd is asleep.
            }
        }
        thread::sleep(limit / 10);
    }
    None
}
// ANCHOR_END: stuck

/// The time that all workers were busy, in all.
fn busy(metrics: &RuntimeMetrics) -> String {
    let busy = |worker| metrics.worker_total_busy_duration(worker);
    let all: Duration = (0..metrics.num_workers()).map(busy).sum();
    format!("the workers were busy for {:.1} s in all", all.as_secs_f64())
}
