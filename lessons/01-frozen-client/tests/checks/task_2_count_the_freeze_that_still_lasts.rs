//! Task 2, count the freeze that still lasts: it is reported before a beat has ended it.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::Explain;
use tokio::time::sleep;

use super::common::{check_report, in_a_loop};

const ASK: &str = "01-frozen-client.md#task-2-count-the-freeze-that-still-lasts";

/// A freeze counts before a beat has ended it: the loop may not run again.
#[test]
fn lasting_freeze_counts() {
    let (report, longest) = in_a_loop(async |heartbeat| {
        let began = Instant::now();
        sleep(Duration::from_millis(20)).await;
        thread::sleep(Duration::from_millis(200));
        (heartbeat.longest_freeze(), began.elapsed())
    });
    check_report(report, Duration::from_millis(200)..=longest)
        .or_explain("`longest_freeze` knows only gaps that a beat has ended", ASK);
}
