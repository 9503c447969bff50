//! Task 2, hand over every line, and the end of input: the loop is woken for them, and nothing else holds the client.

use std::time::Instant;
#[cfg(unix)]
use std::{thread, time::Duration};

use checks::{Client, Ended, Explain, ScriptedRoom, awkward_line, check, patience, program, span};
#[cfg(unix)]
use checks::{Held, thread_names};
use practice::Leaving;

use super::common::{CHANNEL, IDEA, NOT_JOINED, NOT_SENT, THREAD, WAITS, hears_next, thousand_lines};

#[cfg(unix)]
const ENDED: &str = "the thread ends the process: it ends its loop, and `run` the client";

/// A client that waits uses no CPU time: it is woken, and does not look again and again.
#[test]
fn idle_client_is_woken() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.pongs(1).or_explain(WAITS, IDEA);
    let idles = client.idles(5);
    room.pongs(1).or_explain(WAITS, IDEA);
    idles.or_explain(
        "the loop asks again and again, or a thread does: `try_recv`, and nothing that waits",
        CHANNEL,
    );
}

/// A thread whose channel is full uses no CPU time either: it waits for room, and loses nothing.
#[test]
fn full_channel_holds_the_reading_thread() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    room.pongs(1).or_explain(WAITS, IDEA);
    // A screen that hangs holds the loop in `println!`, and nobody takes lines.
    client.hangs();
    (0..20).for_each(|_| room.say(&"tea ".repeat(2500)));
    room.unanswered_pings(4).or_explain("`show` prints elsewhere: leave it as it is", IDEA);
    let lines: Vec<String> = (0..40).map(awkward_line).map(|line| line.chars().take(30).collect()).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    let idles = client.idles(5);
    // A thread that waits for a second or two, and then goes on without the line, has done so by now.
    let still = room.unanswered_pings(8);
    client.reads_on();
    still.or_explain("`show` prints elsewhere: leave it as it is", IDEA);
    idles.or_explain(
        "the thread asks again and again for room: `try_send`, where `blocking_send` waits",
        CHANNEL,
    );
    for (number, line) in lines.iter().enumerate() {
        let likely = if number == 0 {
            NOT_SENT
        } else {
            "a line is dropped when the channel is full, or it waits for another key"
        };
        hears_next(&room, line, likely, CHANNEL);
    }
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
        let expected = format!("1000 lines reach the room, within {}", span(patience()));
        check(began.elapsed() < patience(), expected, format!("{heard} lines reached it")).or_explain(
            "the loop sleeps between two looks at the channel, or the thread between two lines",
            CHANNEL,
        );
        hears_piped(&room, line, "a line is dropped when the channel is full, or the end comes first");
    }
    closes_in_order(&room, &client, 1000);
}

/// Empty, indented and long lines arrive as they were typed, and the last one needs no Enter.
#[test]
fn awkward_lines_arrive_as_typed() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    let mut lines: Vec<String> = ["exit", "quit"].map(str::to_owned).into();
    lines.extend((0..12).map(awkward_line));
    // `read_line` takes blanks off the end of a line, and nothing else.
    client.type_raw(&lines.join(" \t\n"));
    client.end_input();
    for line in &lines {
        let likely = match line.is_empty() {
            true => {
                "an empty line is left out, or taken for the end of input: `read_line` gives `None` only there"
            }
            false => "a line is changed on its way, or left out: the blanks at its end go, and nothing else",
        };
        hears_piped(&room, line, likely);
    }
    closes_in_order(&room, &client, 14);
}

/// Input that ends at once ends the client in order.
#[test]
fn empty_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    client.end_input();
    room.joined().or_explain(NOT_JOINED, THREAD);
    closes_in_order(&room, &client, 0);
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.pongs(6).or_explain(WAITS, IDEA);
    client.end_input();
    closes_in_order(&room, &client, 0);
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

/// A room that closes ends the client, which tells why the room did.
#[test]
fn closing_room_ends_the_client() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain(NOT_JOINED, THREAD);
    room.pings(2).or_explain("the client leaves before anybody has typed", THREAD);
    room.close("the tea is cold");
    ends_by_itself(&client);
    let told = client.screen().contains("the room closed: the tea is cold");
    check(told, "the reason for which the room closed", format!("`{}`", client.screen()))
        .or_explain("`show` says nothing at a close frame, or `talk` ends before it shows one", IDEA);
}

/// The thread ends when stdin does.
#[cfg(unix)]
#[test]
fn reading_thread_ends_with_the_input() {
    let (room, trace) = (ScriptedRoom::open(), Held::full());
    let mut client = Client::on_pipes_with(&program!("03"), &room, &["--trace", trace.path()]);
    room.pongs(1).or_explain(WAITS, IDEA);
    client.end_input();
    client.shows("longest freeze: ").or_explain("the end of input does not end the loop", CHANNEL);
    let deadline = Instant::now() + patience();
    while reads(&client) {
        check(Instant::now() < deadline, "the reading thread ends with the input", "it is still there")
            .or_explain("the thread waits for something else when its loop has ended", CHANNEL);
        thread::sleep(Duration::from_millis(5));
    }
    drop(trace);
    client.exits().or_explain("something holds the process when `run` has returned", CHANNEL);
}

/// Nobody receives any more once the room is gone: that ends the reading thread, and is no panic.
#[cfg(unix)]
#[test]
fn reading_thread_ends_in_silence() {
    let (room, trace) = (ScriptedRoom::open(), Held::full());
    let mut client = Client::on_pipes_with(&program!("03"), &room, &["--trace", trace.path()]);
    client.type_raw(&(thousand_lines().join("\n") + "\n"));
    hears_next(&room, "line 0", NOT_SENT, CHANNEL);
    room.vanish();
    client.shows("longest freeze: ").unwrap_or_else(|missed| {
        let has_ended = missed.instead.starts_with("the client ended");
        let (likely, read) = if has_ended { (ENDED, CHANNEL) } else { (WAITS, IDEA) };
        Err(missed).or_explain(likely, read)
    });
    // `run` has returned, and the process waits for its trace to be written: what becomes of the thread?
    let deadline = Instant::now() + patience();
    while reads(&client) {
        let waits = Instant::now() < deadline;
        check(waits, "the reading thread ends at a line that nobody receives", "it is still there")
            .or_explain("its loop goes on although nobody receives: end it", CHANNEL);
        // More than one: the last but one may stand where the thread has left it.
        client.type_line("a line that nobody receives");
        thread::sleep(Duration::from_millis(5));
    }
    client.end_input();
    // Let go, the process ends by itself, and says why.
    drop(trace);
    client.exits().or_explain("something holds the process when `run` has returned", CHANNEL);
    // Only now all that was printed is on the screen.
    let screen = client.screen();
    check(!screen.contains("panicked at"), "an end without a word", format!("`{screen}`"))
        .or_explain("a line that nobody receives is no reason to panic: end the loop", CHANNEL);
    check(
        screen.contains("error: "),
        "a process that tells after its trace why it ends",
        format!("`{screen}`"),
    )
    .or_explain(ENDED, CHANNEL);
}

/// Whether the client has a reading thread.
#[cfg(unix)]
fn reads(client: &Client) -> bool {
    thread_names(client.process()).is_some_and(|names| names.iter().any(|name| name == "reading thread"))
}

/// The line is the next one; behind it are others and the end, so a client that is awake leaves it where it waits.
fn hears_piped(room: &ScriptedRoom, line: &str, likely: &str) {
    match room.hears_next(line) {
        Err(missed) if missed.instead.starts_with("the client is awake") => Err(missed).or_explain(
            "lines wait and the loop is not woken for them: each must be found, and the end behind them",
            CHANNEL,
        ),
        Err(missed) if room.is_silent() => Err(missed).or_explain(WAITS, IDEA),
        heard => heard.or_explain(likely, CHANNEL),
    }
}

/// The client ends with a close frame and status 0, and has said as many lines as were typed.
fn closes_in_order(room: &ScriptedRoom, client: &Client, lines: u64) {
    let ended = client.exits().or_explain("the end of input does not end the loop", CHANNEL);
    let likely = match client.screen().contains("panicked at") {
        true => "the client panicked, and its own text says where",
        false => "an error at the end",
    };
    check(ended == Ended::Status(0), "exit status 0", format!("{ended}, and `{}`", client.screen()))
        .or_explain(likely, CHANNEL);
    let (saw, leaving) = room.left().or_explain("the process ended without closing", CHANNEL);
    check(leaving == Leaving::Closed, "a close frame", leaving.to_string())
        .or_explain("the process ended, or the socket was dropped, where `close` is due", CHANNEL);
    check(
        saw.messages == lines,
        format!("{lines} lines, as typed"),
        format!("the room heard {}", saw.messages),
    )
    .or_explain("the end is sent as a line, or a line twice: dropping the sender is the end", CHANNEL);
}

/// The client ends without a key; one that has said its last word hangs at exit, another is frozen.
fn ends_by_itself(client: &Client) {
    let ended = client.exits();
    match client.screen().contains("longest freeze: ") {
        true => ended.or_explain("the runtime, or a `join`, waits for the thread that reads stdin", CHANNEL),
        false => ended.or_explain(WAITS, IDEA),
    };
    let said = client.screen().contains("longest freeze: ");
    check(said, "a line `longest freeze: …` at the end", format!("`{}`", client.screen()))
        .or_explain("the thread ends the process, or an error leaves `chat` before the report", CHANNEL);
}

/// The figure in the line `longest freeze: 0.02 s`.
fn longest_freeze(screen: &str) -> Option<f64> {
    let (_, rest) = screen.split_once("longest freeze: ")?;
    rest.split_whitespace().next()?.parse().ok()
}
