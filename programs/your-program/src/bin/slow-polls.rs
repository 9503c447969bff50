//! The service that stutters, with tokio-metrics around each request: it counts the slow polls.
//!
//! Run it: `cargo run -p your-program --bin slow-polls`.
//! You will see three requests, one of them with a poll of two seconds.

use std::{io, time::Duration};

use tokio::task::spawn_blocking;
use tokio_metrics::TaskMonitor;
use your_program::service::{Backend, answer, delay, serve, visit};

#[tokio::main(worker_threads = 1)]
async fn main() -> io::Result<()> {
    let backend = Backend::start(delay())?;
    let at = backend.at;
    // ANCHOR: monitor
    let monitor = TaskMonitor::with_slow_poll_threshold(Duration::from_millis(10));
    let requests = monitor.clone();
    let service = serve(move |request| requests.instrument(answer(at, request))).await?;
    // ANCHOR_END: monitor
    spawn_blocking(move || visit(service, &backend)).await??;
    let seen = monitor.cumulative();
    let (requests, slow) = (seen.instrumented_count, seen.total_slow_poll_count);
    println!(
        "{requests} requests; slow polls: {slow}, of {:.1} s each",
        seen.mean_slow_poll_duration().as_secs_f64()
    );
    Ok(())
}
