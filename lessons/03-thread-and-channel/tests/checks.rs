//! What the client of lesson 03 must do; run them with `cargo course check 03`.

use std::time::Instant;

use checks::{Client, Ended, Explain, PATIENCE, ScriptedRoom, check, program, span, threads};
use practice::Leaving;

const IDEA: &str = "03-thread-and-channel.md#the-idea";
const THREAD: &str = "03-thread-and-channel.md#task-1-give-stdin-a-thread-of-its-own";
const CHANNEL: &str = "03-thread-and-channel.md#task-2-hand-over-every-line";
const END: &str = "03-thread-and-channel.md#task-3-let-the-end-of-input-end-the-loop";

const NOT_JOINED: &str = "`run` returned before it joined the room";
const WAITS: &str = "the event loop's own thread waits for stdin: in `read_line`, or in a `recv` that blocks";
const HELD: &str = "the event loop's own thread waits: for stdin, in a `recv` that blocks, or in a `join`";
const NOT_SENT: &str = "an earlier reader took the line, or it was received and not sent";

/// Messages are shown although nobody has pressed Enter.
#[test]
fn message_shown_while_stdin_is_silent() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain(NOT_JOINED, THREAD);
    room.pings(2).or_explain("the client leaves before anybody has typed", THREAD);
    // A client that is slow to start may show the first one before it waits for Enter.
    for message in ["the kettle boils", "the tea draws", "the tea is poured"] {
        room.say(message);
        client.shows(&format!("<< {message}")).or_explain(WAITS, IDEA);
    }
}

/// A strict room keeps the client, since its pongs go out all the time.
#[test]
fn pongs_go_out_while_stdin_is_silent() {
    let room = ScriptedRoom::strict();
    let _client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain(NOT_JOINED, THREAD);
    room.pongs(6).or_explain(WAITS, IDEA);
}

/// A line typed after a silence reaches the room whole, also when a message lands in the middle of it.
#[test]
fn typed_line_reaches_the_room() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.pongs(2).or_explain(WAITS, IDEA);
    client.type_raw("anyone ");
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(WAITS, IDEA);
    client.type_line("here?");
    hears_next(&room, "anyone here?", NOT_SENT, THREAD);
    client.shows("<< you: anyone here?").or_explain("messages are not shown after a line was sent", THREAD);
}

/// No line gets lost between messages: five are typed after twenty came in, and five arrive.
#[test]
fn lines_survive_incoming_messages() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain(NOT_JOINED, THREAD);
    for number in 1..=20 {
        room.say(&format!("message {number} of 20"));
        client.shows(&format!("message {number} of 20")).or_explain(WAITS, IDEA);
    }
    for line in ["one", "two", "three", "four", "five"] {
        client.type_line(line);
        hears_next(
            &room,
            line,
            "each message starts another read, and an abandoned one took the line",
            THREAD,
        );
    }
}

/// One thread reads stdin, its name says so, and it is the same one for each line.
#[test]
fn one_named_thread_reads_stdin() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain(NOT_JOINED, THREAD);
    let mut readers = Vec::new();
    for line in ["one", "two", "three"] {
        client.type_line(line);
        hears_next(&room, line, NOT_SENT, THREAD);
        // A thread names itself as its first act: the next one, if there is one, gets the time for it.
        room.pings(1).or_explain("the client leaves after a line", THREAD);
        let Some(threads) = threads(client.process()) else { return };
        let reading = threads.iter().filter(|(_, name)| name == "reading thread").map(|(id, _)| *id);
        readers.extend(reading);
        check(!readers.is_empty(), "a thread named `reading thread`", format!("the threads are {threads:?}"))
            .or_explain(nameless(&threads), THREAD);
    }
    readers.dedup();
    check(readers.len() == 1, "one reading thread for all lines", format!("their numbers are {readers:?}"))
        .or_explain("a new thread for each line", THREAD);
}

/// A client that waits uses no CPU time: it is woken, and does not look again and again.
#[test]
fn idle_client_is_woken() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.pongs(1).or_explain(WAITS, IDEA);
    let idles = client.idles(5);
    room.pongs(1).or_explain(WAITS, IDEA);
    idles.or_explain("the loop asks again and again: `try_recv`, and no `await` that waits", CHANNEL);
}

/// A thousand piped lines arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    let (lines, began) = (thousand_lines(), Instant::now());
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for (heard, line) in lines.iter().enumerate() {
        let expected = format!("1000 lines reach the room, within {}", span(PATIENCE));
        check(began.elapsed() < PATIENCE, expected, format!("{heard} lines reached it"))
            .or_explain("the loop sleeps between two looks at the channel", CHANNEL);
        hears_next(
            &room,
            line,
            "a line is dropped when the channel is full, or the end comes first",
            CHANNEL,
        );
    }
    client.exits().or_explain("the end of input does not end the loop", END);
}

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

/// Where no room answers, one sentence says so, and the status is 1.
#[test]
fn refused_connection_is_one_sentence() {
    let room = ScriptedRoom::open();
    // Nobody listens on port 1; the later address counts.
    let client = Client::on_pipes_with(&program!("03"), &room, &["--server", "ws://127.0.0.1:1"]);
    let ended = client.exits().or_explain("`run` goes on without a room", END);
    let screen = client.screen();
    let is_clear =
        screen.starts_with("error: no room answers at ws://127.0.0.1:1") && screen.lines().count() == 1;
    check(
        is_clear && ended == Ended::Status(1),
        "one sentence, and status 1",
        format!("{ended:?}, `{screen}`"),
    )
    .or_explain("the error of `practice::connect` is not returned with `?`", END);
}

/// The line is the next one that the room hears; a client that answers no pings either is frozen.
fn hears_next(room: &ScriptedRoom, line: &str, likely: &str, read: &str) {
    let heard = room.hears_next(line);
    match room.is_silent() {
        true => heard.or_explain(WAITS, IDEA),
        false => heard.or_explain(likely, read),
    }
}

/// Why no thread is named as it should be: those of Tokio's pool have its name.
fn nameless(threads: &[(u32, String)]) -> &'static str {
    match threads.iter().any(|(_, name)| name.starts_with("tokio-r")) {
        true => "it is a thread of Tokio's pool that reads, or one that has no name",
        false => "the thread that reads has no name",
    }
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

/// Far more than the channel holds.
fn thousand_lines() -> Vec<String> {
    (0..1000).map(|number| format!("line {number}")).collect()
}

/// The figure in the line `longest freeze: 0.02 s`.
fn longest_freeze(screen: &str) -> Option<f64> {
    let (_, rest) = screen.split_once("longest freeze: ")?;
    rest.split_whitespace().next()?.parse().ok()
}
