//! What the tasks share: a prompt to wait for, a loop with a heartbeat, and bounds for what it reports.

use std::{
    ops::RangeInclusive,
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, within};
use frozen_client::Heartbeat;
use tokio::{runtime::Builder, time::sleep};

pub const IDEA: &str = "01-frozen-client.md#the-idea";
pub const BEAT: &str = "01-frozen-client.md#task-1-beat-inside-the-loop";
pub const THAWED: &str = "this client is thawed already: lesson 03 does that";
/// Why a line that was typed is not seen again.
pub const UNSENT: &str =
    "the typed line is not sent;\nif a spawned task read it, `select!` had dropped the handle meanwhile";
/// Why a heart knows of freezes that were before its start.
pub const SHARED: &str = "all hearts have the same figures, a `static` perhaps: each keeps its own";
/// The page says 10 ms; a beat may be late by so much, and the report rounds.
pub const SLACK: Duration = Duration::from_millis(50);

/// Waits for the prompt: from here on the loop is frozen.
pub fn prompted(client: &Client, room: &ScriptedRoom) {
    client.shows("> ").unwrap_or_else(|missed| {
        let likely = match room.is_silent() {
            true => "something blocks the loop before the prompt: does the heart sleep by `thread::sleep`?",
            false => {
                "the loop runs, and another arm of `select!` wins whenever the prompt is due:\n\
                 let the heart beat in a task of its own"
            }
        };
        Err(missed).or_explain(unless_panicked(client, likely), BEAT)
    });
}

/// The likely cause, unless the client's own text names another.
pub fn unless_panicked<'a>(client: &Client, likely: &'a str) -> &'a str {
    let panicked = "the client panicked: `cargo run -p lesson-01` shows where";
    if client.screen().contains(" panicked at ") { panicked } else { likely }
}

/// Lets the loop run until the heart has beaten, however late the timers are.
pub async fn some_beats() {
    for _ in 0..3 {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Runs an experiment with the heartbeat of the lesson, in a loop of its own.
pub fn in_a_loop<T: Send + 'static>(experiment: impl AsyncFnOnce(Heartbeat) -> T + Send + 'static) -> T {
    let looping = || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let seen = runtime.block_on(async { experiment(Heartbeat::start()).await });
        // A heart in the blocking pool would hold it.
        runtime.shutdown_background();
        seen
    };
    within(patience(), "a loop with a heartbeat ends", looping)
        .or_explain("the heart never gives way: does it sleep by `thread::sleep`, or without an await?", BEAT)
}

/// The report lies within the measured bounds, give or take some beats.
pub fn check_report(report: Duration, bounds: RangeInclusive<Duration>) -> Result<(), Missed> {
    let [least, most, got] = [*bounds.start(), *bounds.end(), report].map(|time| time.as_secs_f64());
    let holds = (bounds.start().saturating_sub(SLACK)..=*bounds.end() + SLACK).contains(&report);
    let expected = match bounds.start().is_zero() {
        true => format!("no freeze above {:.2} s", most + SLACK.as_secs_f64()),
        false => format!("a longest freeze between {least:.2} s and {most:.2} s, give or take 0.05 s"),
    };
    check(holds, expected, format!("the report says {got:.2} s")).map_err(|missed| match is_shared() {
        true => missed.because(SHARED),
        false => missed,
    })
}

/// Whether a heart knows of a freeze that was before its start, or makes another one forget it.
pub fn is_shared() -> bool {
    // Each heart is asked once, since a question may change it.
    let knows = |asks_another: bool| {
        in_a_loop(async move |heartbeat| {
            thread::sleep(2 * SLACK);
            sleep(SLACK).await;
            let another = asks_another.then(|| Heartbeat::start().longest_freeze() > SLACK);
            (heartbeat.longest_freeze() > SLACK, another == Some(true))
        })
    };
    let (knows_beside_another, another_knows) = knows(true);
    another_knows || !knows_beside_another && knows(false).0
}

/// Keeps stdin silent until some pings have stayed unanswered; says for how long.
pub fn silence(room: &ScriptedRoom, pings: usize) -> Duration {
    let began = Instant::now();
    room.unanswered_pings(pings).or_explain(THAWED, IDEA);
    began.elapsed()
}

/// Waits for the client's end; one that has said its last word is held by something else than its loop.
pub fn ends(client: &Client, likely: &str) {
    client.exits().unwrap_or_else(|missed| {
        let is_held = client.screen().contains("longest freeze: ");
        let held = "the loop has ended, and a job of Tokio's blocking pool has not: the runtime waits for it";
        Err(missed).or_explain(if is_held { held } else { likely }, IDEA)
    });
}

/// The figure in the line `longest freeze: 0.02 s`, at the end.
pub fn reported(client: &Client) -> Duration {
    ends(client, "the end of input does not end the loop");
    let screen = client.screen();
    let figure = screen.split_once("longest freeze: ").and_then(|(_, rest)| rest.split_whitespace().next());
    let seconds = figure.and_then(|figure| figure.parse().ok());
    let instead = format!("the screen shows {screen}");
    check(seconds.is_some(), "a line `longest freeze: 0.02 s` at the end", instead)
        .or_explain(unless_panicked(client, "`chat` ends before it has reported"), IDEA);
    Duration::from_secs_f64(seconds.unwrap_or_default())
}
