//! What the tasks share: a prompt to wait for, a loop with a heartbeat, and bounds for what it reports.

use std::{ops::RangeInclusive, time::Duration};

use checks::{Client, Explain, Missed, check, patience, within};
use frozen_client::Heartbeat;
use tokio::runtime::Builder;

pub const IDEA: &str = "01-frozen-client.md#the-idea";
pub const BEAT: &str = "01-frozen-client.md#task-1-beat-inside-the-loop";
/// Why a line that was typed is not seen again.
pub const UNSENT: &str =
    "the typed line is not sent;\nif a spawned task read it, `select!` had dropped the handle meanwhile";
/// The page says 10 ms; a beat may be late by so much, and the report rounds.
pub const SLACK: Duration = Duration::from_millis(50);

/// Waits for the prompt: from here on the loop is frozen.
pub fn prompted(client: &Client) {
    let likely = "something blocks the loop before the prompt: does the heart sleep by `thread::sleep`?";
    client.shows("> ").or_explain(unless_panicked(client, likely), BEAT);
}

/// The likely cause, unless the client's own text names another.
pub fn unless_panicked<'a>(client: &Client, likely: &'a str) -> &'a str {
    let panicked = "the client panicked: `cargo run -p lesson-01` shows where";
    if client.screen().contains(" panicked at ") { panicked } else { likely }
}

/// Runs an experiment with the heartbeat of the lesson, in a loop of its own.
pub fn in_a_loop(
    experiment: impl AsyncFnOnce(Heartbeat) -> (Duration, Duration) + Send + 'static,
) -> (Duration, Duration) {
    let looping = || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { experiment(Heartbeat::start()).await })
    };
    within(patience(), "a loop with a heartbeat ends", looping)
        .or_explain("the heart never gives way: does it sleep by `thread::sleep`, or without an await?", BEAT)
}

/// The report is the longest freeze, and no other figure that can be made of them.
pub fn check_longest(report: Duration, bounds: RangeInclusive<Duration>, read: &str) {
    let likely = if report < *bounds.start() / 4 {
        "nothing beats in this loop: no heart yet, or one on another thread;\nor the longest gap is forgotten"
    } else if report > *bounds.end() {
        "the freezes are added up, or the time since `start` is reported"
    } else {
        "the last freeze is reported, or the mean of all, or too much is subtracted"
    };
    check_report(report, bounds).or_explain(likely, read);
}

/// The report lies within the measured bounds, give or take some beats.
pub fn check_report(report: Duration, bounds: RangeInclusive<Duration>) -> Result<(), Missed> {
    let [least, most, got] = [*bounds.start(), *bounds.end(), report].map(|time| time.as_secs_f64());
    let holds = (bounds.start().saturating_sub(SLACK)..=*bounds.end() + SLACK).contains(&report);
    let expected = match bounds.start().is_zero() {
        true => format!("no freeze above {:.2} s", most + SLACK.as_secs_f64()),
        false => format!("a longest freeze between {least:.2} s and {most:.2} s, give or take 0.05 s"),
    };
    check(holds, expected, format!("the report says {got:.2} s"))
}
