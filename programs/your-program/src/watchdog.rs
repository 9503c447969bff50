//! Tells when a Tokio runtime stands still. Copy this file: it needs tokio's `rt` and `time`, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

// ANCHOR: watch
/// Calls `report` once for each freeze of more than `limit`, while it lasts, and once when it is over.
///
/// A task beats in the runtime, and a thread outside of it listens; both end with the runtime.
/// Returns the longest silence so far, in milliseconds: a figure for your metrics.
pub fn watch(
    runtime: &Handle,
    limit: Duration,
    report: impl Fn(String) + Send + 'static,
) -> io::Result<Arc<AtomicU64>> {
    let (beats, heard) = channel();
    let longest = Arc::new(AtomicU64::new(0));
    runtime.spawn(async move {
        let mut ticks = interval(limit / 5);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while beats.send(()).is_ok() {
            ticks.tick().await;
        }
    });
    let seen = longest.clone();
    let listen = move || loop {
        let last = Instant::now();
        let mut beat = heard.recv_timeout(limit);
        if beat == Err(RecvTimeoutError::Timeout) {
            report(format!("the runtime has not run for {:.1} s", last.elapsed().as_secs_f64()));
            beat = heard.recv().map_err(Into::into); // One line, however long it lasts.
            let end = if beat.is_ok() { "runs again" } else { "has ended" };
            report(format!("the runtime {end}, after {:.1} s", last.elapsed().as_secs_f64()));
        }
        seen.fetch_max(last.elapsed().as_millis() as u64, Relaxed);
        if beat.is_err() {
            return;
        }
    };
    thread::Builder::new().name("watchdog".into()).spawn(listen)?;
    Ok(longest)
}
// ANCHOR_END: watch
