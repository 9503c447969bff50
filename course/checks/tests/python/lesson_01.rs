//! The Python side of lesson 01: the same freeze, and the same instrument.

use std::time::{Duration, Instant};

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// `input()` in a coroutine freezes the loop: nothing is shown, no ping is answered, and the report says for how long.
#[test]
fn input_freezes_the_loop() {
    let Some(program) = script("01_frozen_client.py") else { return };
    let room = ScriptedRoom::open();
    let started = Instant::now();
    let mut client = Client::on_terminal(&program, &room);
    client.shows("> ").expect("the prompt");
    let prompted = Instant::now();
    room.say("the kettle boils");
    room.unanswered_pings(4).expect("a frozen client");
    assert!(!client.screen().contains("the kettle boils"), "nothing is shown before Enter");
    let at_least = prompted.elapsed();
    client.type_line("hello");
    client.shows("<< the kettle boils").expect("the message, after Enter");
    client.shows("> ").expect("the next prompt");
    let at_most = started.elapsed();
    client.end_input();
    assert_eq!(client.exits(), Ok(Ended::Status(0)), "{}", client.screen());
    let report = longest_freeze(&client.screen());
    let slack = Duration::from_millis(50);
    assert!((at_least - slack..=at_most + slack).contains(&report), "{at_least:?} {at_most:?} {report:?}");
}

/// A strict room drops the frozen client, whose next send succeeds all the same.
#[test]
fn dropped_client_still_sends() {
    let Some(program) = script("01_frozen_client.py") else { return };
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program, &room);
    client.shows("> ").expect("the prompt");
    room.left().expect("the room drops the client");
    client.type_line("hello");
    client.shows("sent: hello").expect("no error from the first send");
    client.shows("the room is gone").expect("the client notices after that");
}

/// The figure in the line `longest freeze: 0.02 s`.
fn longest_freeze(screen: &str) -> Duration {
    let (_, rest) = screen.split_once("longest freeze: ").expect("a report");
    let seconds = rest.split_whitespace().next().and_then(|figure| figure.parse().ok());
    Duration::from_secs_f64(seconds.expect("a figure"))
}
