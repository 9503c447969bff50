//! Task 3, compare the report with your silence: it is the longest one, whether that comes first or last.

use std::time::{Duration, Instant};

use checks::{Client, Explain, ScriptedRoom, check, program};

use super::common::{IDEA, UNSENT, check_longest, prompted, unless_panicked};

const REPORT: &str = "01-frozen-client.md#task-3-compare-the-report-with-your-silence";

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
