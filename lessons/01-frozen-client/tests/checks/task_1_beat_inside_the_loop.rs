//! Task 1, beat inside the loop: whatever blocks the loop is measured, and a free loop shows no freeze.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::Explain;
use tokio::time::sleep;

use super::common::{BEAT, check_longest, check_report, in_a_loop};

/// The instrument sees whatever blocks the loop, and two freezes do not add up.
#[test]
fn any_freeze_is_measured() {
    let [long, short] = [400, 200].map(Duration::from_millis);
    let (report, longest) = in_a_loop(async move |heartbeat| {
        let longest = freeze(long).await;
        freeze(short).await;
        (heartbeat.longest_freeze(), longest)
    });
    check_longest(report, long..=longest, BEAT);
}

/// A loop that is free shows no freeze, however long the client runs.
#[test]
fn free_loop_shows_no_freeze() {
    let (report, control) = in_a_loop(async |heartbeat| {
        let control = practice::Heartbeat::start();
        sleep(Duration::from_millis(300)).await;
        (heartbeat.longest_freeze(), control.longest_freeze())
    });
    let likely = match report.as_millis() {
        // All of the experiment, but for a beat that the reader may subtract.
        280.. => "the time since `start` is reported, not the longest gap between two beats",
        _ => "the heart beats too seldom: it should beat every 10 ms",
    };
    check_report(report, Duration::ZERO..=control).or_explain(likely, BEAT);
}

/// Blocks the loop for a while, lets it run again, and says how long both took.
async fn freeze(time: Duration) -> Duration {
    let began = Instant::now();
    sleep(Duration::from_millis(20)).await;
    thread::sleep(time);
    sleep(Duration::from_millis(50)).await;
    began.elapsed()
}
