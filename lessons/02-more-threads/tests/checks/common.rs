//! What the tasks share: a runtime whose one worker is watched and can be blocked.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

use checks::{Explain, Missed, patience, within};
use more_threads::Watchdog;
use tokio::runtime::{Builder, Runtime};

pub const IDEA: &str = "02-more-threads.md#the-idea";
pub const THREAD: &str = "02-more-threads.md#task-1-watch-from-a-thread";
pub const ONCE: &str = "02-more-threads.md#task-2-one-line-for-each-freeze";
/// The limit of the client's own watchdog.
pub const LIMIT: Duration = Duration::from_millis(500);
pub const NO_END: &str = "the end of a freeze is not reported, or only if it is longer than `limit`";

/// A runtime with one worker, its watchdog, and what that says.
pub fn watched(limit: Duration) -> (Runtime, Watchdog, Receiver<String>) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (sender, reports) = channel();
    let report = move |line: &str| drop(sender.send(line.to_owned()));
    let watchdog = Watchdog::start(runtime.handle(), limit, report).expect("a watchdog");
    (runtime, watchdog, reports)
}

/// Blocks the one worker until the gate is dropped; returns once it is blocked.
pub fn block(runtime: &Runtime) -> Sender<()> {
    let (gate, opened) = channel::<()>();
    let (blocked, is_blocked) = channel();
    runtime.spawn(async move {
        let _ = blocked.send(());
        let _ = opened.recv();
    });
    is_blocked.recv_timeout(patience()).expect("a worker that runs tasks");
    gate
}

pub fn next(reports: &Receiver<String>) -> Result<String, Missed> {
    let missed = |why| match why {
        RecvTimeoutError::Timeout => "none for 6 s, while the one worker was blocked",
        RecvTimeoutError::Disconnected => "the watchdog had ended",
    };
    reports
        .recv_timeout(patience())
        .map_err(|why| Missed::new("a line of the watchdog, within 6 s", missed(why)))
}

/// Stops the watchdog, within bounds.
pub fn stopped(runtime: Runtime, watchdog: Watchdog) -> Duration {
    let longest = within(patience(), "`stop` returns", move || watchdog.stop());
    runtime.shutdown_background();
    longest.or_explain("the thread is not told to end", THREAD)
}
