//! What the client of lesson 01 must do; run them with `cargo course check 01`.

use std::{
    ops::RangeInclusive,
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, Missed, PATIENCE, ScriptedRoom, check, program, within};
use frozen_client::Heartbeat;
use practice::Leaving;
use tokio::{runtime::Builder, time::sleep};

const IDEA: &str = "01-frozen-client.md#the-idea";
const BEAT: &str = "01-frozen-client.md#task-1-beat-inside-the-loop";
const ASK: &str = "01-frozen-client.md#task-2-count-the-freeze-that-still-lasts";
const REPORT: &str = "01-frozen-client.md#task-3-compare-the-report-with-your-silence";

/// Why a line that was typed is not seen again.
const UNSENT: &str =
    "the typed line is not sent;\nif a spawned task read it, `select!` had dropped the handle meanwhile";

/// The page says 10 ms; a beat may be late by so much, and the report rounds.
const SLACK: Duration = Duration::from_millis(50);

/// While stdin is silent nothing is shown and no ping answered; Enter lets all of it through.
#[test]
fn frozen_while_stdin_is_silent() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("01"), &room);
    prompted(&client);
    room.say("the kettle boils");
    room.unanswered_pings(2).or_explain("this client is thawed already: lesson 03 does that", IDEA);
    let early = client.screen().contains("the kettle boils");
    check(!early, "nothing is shown before Enter", "the message was shown at the prompt")
        .or_explain("this client is thawed already: lesson 03 does that", IDEA);
    client.type_line("hello");
    client.shows("<< the kettle boils").or_explain("messages are not shown after a line was sent", IDEA);
    room.hears("hello").or_explain(UNSENT, IDEA);
}

/// A strict room drops the frozen client, whose next send succeeds all the same.
#[test]
fn dropped_client_still_sends() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("01"), &room);
    prompted(&client);
    let (saw, leaving) = room.left().or_explain("this client is thawed already: lesson 03 does that", IDEA);
    check(matches!(leaving, Leaving::Dropped(_)), "the room drops the client", format!("{leaving:?}"))
        .or_explain("the client left by itself", IDEA);
    check(saw.messages == 0, "the room heard no line", saw.to_string())
        .or_explain("a line is sent early", IDEA);
    client.type_line("hello");
    client.shows("sent: hello").or_explain(UNSENT, IDEA);
    client.exits().or_explain("the broken connection does not end the loop", IDEA);
    // A reset connection takes the room's close frame with it, unless that was read first.
    let screen = client.screen();
    let told = screen.contains("the room is gone") || screen.contains("the room closed: no pong");
    check(told, "the client says why it ends", screen)
        .or_explain(unless_panicked(&client, "an error is dropped where `?` is due"), IDEA);
}

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

/// The report is the longest silence of stdin, when that comes first.
#[test]
fn report_is_the_longest_silence() {
    let room = ScriptedRoom::open();
    let began = Instant::now();
    let mut client = Client::on_pipes(&program!("01"), &room);
    prompted(&client);
    let at_least = silence(&room, 5);
    client.type_line("one");
    client.shows("sent: one").or_explain(UNSENT, IDEA);
    prompted(&client);
    let at_most = began.elapsed();
    silence(&room, 3);
    client.type_line("two");
    client.end_input();
    client.exits().or_explain("the end of input does not end the loop", IDEA);
    check_longest(reported(&client), at_least..=at_most, REPORT);
}

/// The report is the longest silence of stdin, when that comes last.
#[test]
fn last_silence_counts() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("01"), &room);
    prompted(&client);
    silence(&room, 3);
    let began = Instant::now();
    client.type_line("one");
    client.shows("sent: one").or_explain(UNSENT, IDEA);
    prompted(&client);
    let at_least = silence(&room, 6);
    client.end_input();
    client.exits().or_explain("the end of input does not end the loop", IDEA);
    check_longest(reported(&client), at_least..=began.elapsed(), REPORT);
}

/// Keeps stdin silent until some pings have stayed unanswered; says for how long.
fn silence(room: &ScriptedRoom, pings: usize) -> Duration {
    let began = Instant::now();
    room.unanswered_pings(pings).or_explain("this client is thawed already: lesson 03 does that", IDEA);
    began.elapsed()
}

/// Waits for the prompt: from here on the loop is frozen.
fn prompted(client: &Client) {
    let likely = "something blocks the loop before the prompt: does the heart sleep by `thread::sleep`?";
    client.shows("> ").or_explain(unless_panicked(client, likely), BEAT);
}

/// The likely cause, unless the client's own text names another.
fn unless_panicked<'a>(client: &Client, likely: &'a str) -> &'a str {
    let panicked = "the client panicked: `cargo run -p lesson-01` shows where";
    if client.screen().contains(" panicked at ") { panicked } else { likely }
}

/// Blocks the loop for a while, lets it run again, and says how long both took.
async fn freeze(time: Duration) -> Duration {
    let began = Instant::now();
    sleep(Duration::from_millis(20)).await;
    thread::sleep(time);
    sleep(Duration::from_millis(50)).await;
    began.elapsed()
}

/// Runs an experiment with the heartbeat of the lesson, in a loop of its own.
fn in_a_loop(
    experiment: impl AsyncFnOnce(Heartbeat) -> (Duration, Duration) + Send + 'static,
) -> (Duration, Duration) {
    let looping = || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { experiment(Heartbeat::start()).await })
    };
    within(PATIENCE, "a loop with a heartbeat ends", looping)
        .or_explain("the heart never gives way: does it sleep by `thread::sleep`, or without an await?", BEAT)
}

/// The figure in the line `longest freeze: 0.02 s`.
fn reported(client: &Client) -> Duration {
    let screen = client.screen();
    let figure = screen.split_once("longest freeze: ").and_then(|(_, rest)| rest.split_whitespace().next());
    let seconds = figure.and_then(|figure| figure.parse().ok());
    check(
        seconds.is_some(),
        "a line `longest freeze: 0.02 s` at the end",
        format!("the screen shows {screen}"),
    )
    .or_explain(unless_panicked(client, "`chat` ends before it has reported"), REPORT);
    Duration::from_secs_f64(seconds.unwrap_or_default())
}

/// The report is the longest freeze, and no other figure that can be made of them.
fn check_longest(report: Duration, bounds: RangeInclusive<Duration>, read: &str) {
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
fn check_report(report: Duration, bounds: RangeInclusive<Duration>) -> Result<(), Missed> {
    let [least, most, got] = [*bounds.start(), *bounds.end(), report].map(|time| time.as_secs_f64());
    let holds = (bounds.start().saturating_sub(SLACK)..=*bounds.end() + SLACK).contains(&report);
    let expected = match bounds.start().is_zero() {
        true => format!("no freeze above {:.2} s", most + SLACK.as_secs_f64()),
        false => format!("a longest freeze between {least:.2} s and {most:.2} s, give or take 0.05 s"),
    };
    check(holds, expected, format!("the report says {got:.2} s"))
}
