//! What each instrument costs: a request that waits four times, in a task of its own, with it and without.
//!
//! Run it: `cargo run --release -p your-program --bin costs`; a number behind `--` is how many requests make a round.
//! You will see a line for each instrument.

use std::env::{self, consts};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::{io, thread, time::Duration};

use tokio::runtime::Handle;
use tokio_metrics::TaskMonitor;
use tracing::dispatcher::{Dispatch, with_default};
use tracing::{Instrument, info_span};
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;
use your_program::measure::{WAITS, nanoseconds, request};
use your_program::watchdog::watch;

fn main() {
    let count = env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("{} {}, {cores} cores", consts::OS, consts::ARCH);
    println!("a request that waits {WAITS} times, in a task: ns of processor time");
    let alone = nanoseconds(count, || (), request);
    println!("{:<34} {alone:>6.0}", "alone");
    let told = |name: &str, with: f64| println!("{name:<34} {with:>6.0}   {:+.0} more", with - alone);
    let watchdog = || watch(&Handle::current(), Duration::from_millis(300), drop);
    told("with the watchdog", nanoseconds(count, watchdog, request));
    told("with a sampler of the metrics", nanoseconds(count, sampler, request));
    let monitor = TaskMonitor::with_slow_poll_threshold(Duration::from_millis(10));
    told("with tokio-metrics", nanoseconds(count, || (), || TaskMonitor::instrument(&monitor, request())));
    let spanned = || request().instrument(info_span!("request"));
    told("with a span that nobody reads", nanoseconds(count, || (), spanned));
    let lines = Dispatch::new(fmt().with_span_events(FmtSpan::CLOSE).with_writer(io::sink).finish());
    told("with a span and a line at its end", with_default(&lines, || nanoseconds(count, || (), spanned)));
}

/// Looks at the count of a worker as often as the program `metrics` does, until its sender is dropped.
fn sampler() -> Sender<()> {
    let metrics = Handle::current().metrics();
    let (stop, stopped) = channel();
    let sampler = thread::Builder::new().name("sampler".into());
    let look = move || {
        while stopped.recv_timeout(Duration::from_millis(30)) == Err(RecvTimeoutError::Timeout) {
            std::hint::black_box(metrics.worker_park_unpark_count(0));
        }
    };
    sampler.spawn(look).expect("a thread");
    stop
}
