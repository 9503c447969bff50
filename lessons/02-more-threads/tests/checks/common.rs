//! What the tasks share: a runtime whose one worker is watched and can be blocked.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

use checks::{Explain, Missed, patience, span, within};
use more_threads::Watchdog;
use tokio::{
    runtime::{Builder, Runtime},
    time::sleep,
};

pub const IDEA: &str = "02-more-threads.md#the-idea";
pub const THREAD: &str = "02-more-threads.md#task-1-watch-from-a-thread";
pub const ONCE: &str = "02-more-threads.md#task-2-one-line-for-each-freeze";
/// The limit of the client's own watchdog.
pub const LIMIT: Duration = Duration::from_millis(500);
pub const FROZEN: &str = "the event loop has not run for ";
pub const AGAIN: &str = "it runs again, after ";
pub const NO_END: &str = "the end of a freeze is not reported, or only if it is longer than `limit`";
pub const IN_THE_LOOP: &str = "the watchdog is a task of the loop that it watches, or waits with a timer of that loop,\n\
     or it waits for the beat that ends the freeze";
pub const NOT_TOLD: &str =
    "the thread is not told to end, or sleeps on: it must wait for what tells it, as `recv_timeout` does";
pub const EACH_TICK: &str = "a freeze is reported again and again";
/// What the one worker does while the watchdog is to speak.
pub const BLOCKED: &str = "while the one worker was blocked";
pub const FREE: &str = "although the one worker was free again";

/// A runtime with one worker, its watchdog, and what that says.
pub fn watched(limit: Duration) -> (Runtime, Watchdog, Receiver<String>) {
    let (sender, reports) = channel();
    let (runtime, watchdog) = watched_by(limit, move |line: &str| drop(sender.send(line.to_owned())));
    (runtime, watchdog, reports)
}

/// A runtime with one worker, and its watchdog.
pub fn watched_by(limit: Duration, report: impl Fn(&str) + Send + 'static) -> (Runtime, Watchdog) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let watchdog = Watchdog::start(runtime.handle(), limit, report).expect("a watchdog");
    (runtime, watchdog)
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

/// Whether the loop runs for so long, a time for some beats, none of which may wait.
pub fn runs_for(runtime: &Runtime, time: Duration) -> bool {
    let (done, is_done) = channel();
    runtime.spawn(async move {
        sleep(time).await;
        let _ = done.send(());
    });
    is_done.recv_timeout(patience()).is_ok()
}

/// The next line of the watchdog; `meanwhile` says what the worker does.
pub fn next(reports: &Receiver<String>, meanwhile: &str) -> Result<String, Missed> {
    reports.recv_timeout(patience()).map_err(|why| none_came(why, meanwhile))
}

/// No line of the watchdog: a channel that has closed tells why.
pub fn none_came(why: RecvTimeoutError, meanwhile: &str) -> Missed {
    let limit = span(patience());
    let expected = format!("a line of the watchdog, within {limit}");
    match why {
        RecvTimeoutError::Timeout => Missed::new(expected, format!("none for {limit}, {meanwhile}")),
        RecvTimeoutError::Disconnected => Missed::new(expected, "the watchdog had ended").because(
            "it ended while the loop still ran: did a full channel end the beats, or a panic the thread?",
        ),
    }
}

/// The figure of a line that begins like this.
pub fn figure(line: &str, beginning: &str) -> Option<Duration> {
    let seconds = line.strip_prefix(beginning)?.split(' ').next()?;
    // In tenths, as the starter tells it.
    let seconds = seconds.contains('.').then(|| seconds.parse().ok()).flatten()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Stops the watchdog, within bounds.
pub fn stopped(runtime: Runtime, watchdog: Watchdog) -> Duration {
    let longest = within(patience(), "`stop` returns", move || watchdog.stop());
    runtime.shutdown_background();
    longest.or_explain(NOT_TOLD, THREAD)
}
