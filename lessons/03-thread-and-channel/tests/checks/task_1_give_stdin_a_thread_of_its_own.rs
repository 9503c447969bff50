//! Task 1, give stdin a thread of its own: the room goes on while one thread reads, and each typed line arrives.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, ScriptedRoom, check, patience, program, threads};

use super::common::{IDEA, NOT_JOINED, NOT_SENT, THREAD, WAITS, hears_next, shows, unless_changed};

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
        shows(&client, &format!("<< {message}"));
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
    shows(&client, "<< the kettle boils");
    client.type_line("here?");
    room.hears_next("anyone here?").unwrap_or_else(|missed| {
        let is_silent = room.is_silent();
        client.end_input();
        let likely = match (is_silent, room.hears("anyone here?")) {
            (true, _) => WAITS,
            (false, Ok(())) => "the thread hands nothing over before the input ends",
            (false, Err(_)) => NOT_SENT,
        };
        Err(unless_changed(missed, "anyone here?")).or_explain(likely, THREAD)
    });
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
        shows(&client, &format!("message {number} of 20"));
    }
    for line in ["one", "two", "three", "four", "five"] {
        client.type_line(line);
        // Twenty messages that start a read each leave as many threads behind.
        let likely = match threads(client.process()).is_none_or(|threads| threads.len() > 20) {
            true => "each message starts another read, and an abandoned one took the line",
            false => NOT_SENT,
        };
        hears_next(&room, line, likely, THREAD);
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
        let Some(threads) = once_named(&client) else { return };
        let reading = threads.iter().filter(|(_, name)| name == "reading thread").map(|(id, _)| *id);
        readers.extend(reading);
        check(
            !readers.is_empty(),
            "a thread named `reading thread`",
            format!("the threads are {}", named(&threads)),
        )
        .or_explain(nameless(&threads), THREAD);
    }
    let seen = format!("their numbers are {readers:?}");
    let first = readers[0];
    let likely = match readers.iter().rposition(|reader| *reader == first) {
        Some(0) => "a new thread for each line",
        _ => "two threads or more read at a time, and lines may change places",
    };
    check(readers.iter().all(|reader| *reader == first), "one reading thread for all lines", seen)
        .or_explain(likely, THREAD);
}

/// The threads of the client, as soon as one of them is named as it should be; those at the end if none is.
fn once_named(client: &Client) -> Option<Vec<(u32, String)>> {
    let deadline = Instant::now() + patience() / 3;
    loop {
        let threads = threads(client.process())?;
        if threads.iter().any(|(_, name)| name == "reading thread") || Instant::now() > deadline {
            return Some(threads);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn named(threads: &[(u32, String)]) -> String {
    threads.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Why no thread is named as it should be: those of Tokio's pool have its name.
fn nameless(threads: &[(u32, String)]) -> &'static str {
    match threads.iter().any(|(_, name)| name.starts_with("tokio-r")) {
        true => "it is a thread of Tokio's pool that reads, or one that has no name",
        false => "the thread that reads has no name, or another one",
    }
}
