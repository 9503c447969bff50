//! Task 3, let the end of input end the loop: the client says goodbye then, and nothing else holds it.

use checks::{Client, Ended, Explain, ScriptedRoom, check, program};
use practice::Leaving;

use super::common::{CHANNEL, END, IDEA, NOT_JOINED, NOT_SENT, THREAD, WAITS, hears_next, thousand_lines};

const HELD: &str = "the event loop's own thread waits: for stdin, in a `recv` that blocks, or in a `join`";

/// Input that ends at once ends the client in order.
#[test]
fn empty_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    client.end_input();
    room.joined().or_explain(NOT_JOINED, THREAD);
    closes_in_order(&room, &client);
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.pongs(6).or_explain(WAITS, IDEA);
    client.end_input();
    closes_in_order(&room, &client);
    // Six pings take 1.5 s: a loop that waits for stdin is frozen for as long.
    let report = longest_freeze(&client.screen());
    let seen = report.map_or("no such line".to_owned(), |seconds| format!("{seconds} s"));
    check(report.is_some_and(|seconds| seconds < 0.75), "a line `longest freeze: …` below 0.75 s", seen)
        .or_explain(WAITS, IDEA);
}

/// A server that is gone ends the client although nobody has pressed Enter.
#[test]
fn vanished_server_ends_the_client() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain(NOT_JOINED, THREAD);
    room.pings(2).or_explain("the client leaves before anybody has typed", THREAD);
    room.vanish();
    ends_by_itself(&client);
}

/// A server that is gone ends the client although lines still wait to be sent.
#[test]
fn unsent_lines_do_not_hold_the_client() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    client.type_raw(&(thousand_lines().join("\n") + "\n"));
    hears_next(&room, "line 0", NOT_SENT, CHANNEL);
    room.vanish();
    ends_by_itself(&client);
}

/// The client ends with a close frame and status 0.
fn closes_in_order(room: &ScriptedRoom, client: &Client) {
    let ended = client.exits().or_explain("the end of input does not end the loop", END);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", END);
    let (_, leaving) = room.left().or_explain("the process ended without closing", END);
    check(leaving == Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the process ended, or the socket was dropped, where `close` is due", END);
}

/// The client ends without a key; one that has said its last word hangs at exit, another is frozen.
fn ends_by_itself(client: &Client) {
    let ended = client.exits();
    match client.screen().contains("longest freeze: ") {
        true => ended.or_explain("the runtime, or a `join`, waits for the thread that reads stdin", END),
        false => ended.or_explain(HELD, IDEA),
    };
    let said = client.screen().contains("longest freeze: ");
    check(said, "a line `longest freeze: …` at the end", format!("`{}`", client.screen()))
        .or_explain("an error leaves `chat` before the report", END);
}

/// The figure in the line `longest freeze: 0.02 s`.
fn longest_freeze(screen: &str) -> Option<f64> {
    let (_, rest) = screen.split_once("longest freeze: ")?;
    rest.split_whitespace().next()?.parse().ok()
}
