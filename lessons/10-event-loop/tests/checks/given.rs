//! The client, which is given: these checks are green before you change a line.

use checks::{Client, Ended, Explain, ScriptedRoom, check, program};
use practice::Leaving;

use super::common::{CLIENT, FROZEN, NOT_JOINED};

/// A message is shown although nobody has pressed Enter.
#[test]
fn message_shown_while_stdin_is_silent() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    room.pings(2).or_explain("the client leaves before anybody has typed", CLIENT);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(FROZEN, CLIENT);
}

/// A thousand piped lines arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("10"), &room);
    let lines: Vec<String> = (0..1000).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        room.hears_next(line).or_explain(
            "the reading thread does not wake the loop, a line is lost, or a sleep ends early",
            CLIENT,
        );
    }
    let ended = client.exits().or_explain("the end of input does not end the loop", CLIENT);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", CLIENT);
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.pongs(6).or_explain(FROZEN, CLIENT);
    client.end_input();
    let ended = client.exits().or_explain("the end of input does not end the loop", CLIENT);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", CLIENT);
    let (_, leaving) = room.left().or_explain("the process ended without closing", CLIENT);
    check(leaving == Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the socket was dropped where `close` is due", CLIENT);
    freeze_is_reported(
        &client,
        |seconds| seconds < 0.75,
        "below 0.75 s",
        "the heart does not beat: a sleep never ends",
    );
}

/// A task that blocks freezes the whole loop, and the heartbeat says for how long.
#[test]
fn freeze_inside_the_loop_is_measured() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/freeze 1.2");
    client.shows("== /freeze 1.2: awake again").or_explain("the task that blocks gives no answer", CLIENT);
    client.end_input();
    client.exits().or_explain("the end of input does not end the loop", CLIENT);
    freeze_is_reported(
        &client,
        |seconds| seconds >= 1.1,
        "of 1.1 s or more",
        "the heart beats on another thread than the tasks",
    );
}

/// Commands on a pipe are answered before the client goes, and the end says why.
#[test]
fn piped_command_is_answered() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("10"), &room);
    client.type_raw("/sleep 0.1\n");
    client.end_input();
    client
        .shows("== /sleep 0.1: awake again")
        .or_explain("the client goes before its commands are answered", CLIENT);
    client.shows("ended: you left").or_explain("`run` does not say why it ended", CLIENT);
}

/// `/quit` is an end of input that can be typed, and no message.
#[test]
fn quit_is_an_end_of_input() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/quit");
    client.shows("ended: you left").or_explain("`/quit` does not end the client", CLIENT);
    let (saw, leaving) = room.left().or_explain("the process ended without closing", CLIENT);
    check(
        saw.messages == 0 && leaving == Leaving::Closed,
        "a close frame, and no message",
        format!("{leaving}, after {} messages", saw.messages),
    )
    .or_explain("`/quit` is sent as a message", CLIENT);
}

/// Ctrl-C says goodbye as the end of input does, with the status of its own.
#[test]
fn ctrl_c_ends_the_client() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.catches_interrupts().or_explain("nobody awaits `ctrl_c`", CLIENT);
    client.interrupt();
    client.shows("ended: you pressed Ctrl-C").or_explain("nobody hears Ctrl-C", CLIENT);
    let ended = client.exits().or_explain("Ctrl-C does not end the loop", CLIENT);
    check(ended == Ended::Status(130), "exit status 130", format!("{ended:?}"))
        .or_explain("the status is another end's", CLIENT);
}

/// A server that is gone ends the client although nobody has pressed Enter.
#[test]
fn vanished_server_ends_the_client() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    room.pings(2).or_explain("the client leaves before anybody has typed", CLIENT);
    room.vanish();
    client.exits().or_explain(FROZEN, CLIENT);
    let said = client.screen().contains("longest freeze: ");
    check(said, "a line `longest freeze: …` at the end", format!("`{}`", client.screen()))
        .or_explain("an error leaves `chat` before the report", CLIENT);
}

/// Where no room answers, one sentence says so, and the status is 1.
#[test]
fn refused_connection_is_one_sentence() {
    let room = ScriptedRoom::open();
    // Nobody listens on port 1; the later address counts.
    let client = Client::on_pipes_with(&program!("10"), &room, &["--server", "ws://127.0.0.1:1"]);
    let ended = client.exits().or_explain("`run` goes on without a room", CLIENT);
    let screen = client.screen();
    let is_clear =
        screen.starts_with("error: no room answers at ws://127.0.0.1:1") && screen.lines().count() == 1;
    check(
        is_clear && ended == Ended::Status(1),
        "one sentence, and status 1",
        format!("{ended:?}, `{screen}`"),
    )
    .or_explain("the error of `practice::connect` is not returned with `?`", CLIENT);
}

/// The line `longest freeze: 0.02 s` must be there, and its figure as it should.
#[track_caller]
fn freeze_is_reported(client: &Client, is_right: impl Fn(f64) -> bool, expected: &str, likely: &str) {
    let screen = client.screen();
    let report = screen
        .split_once("longest freeze: ")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    let seen = report.map_or("no such line".to_owned(), |seconds: f64| format!("{seconds} s"));
    check(report.is_some_and(is_right), format!("a line `longest freeze: …` {expected}"), seen)
        .or_explain(likely, CLIENT);
}
