//! What the client of lesson 03 must do; run them with `cargo course check 03`.

use checks::{Client, Ended, Explain, ScriptedRoom, check, program, thread_names};

const IDEA: &str = "03-thread-and-channel.md#the-idea";
const TASKS: &str = "03-thread-and-channel.md#tasks";

/// A message is shown although nobody has pressed Enter.
#[test]
fn message_shown_while_stdin_is_silent() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain("`run` returned before it joined the room", TASKS);
    room.say("the kettle boils");
    client.shows("the kettle boils").or_explain("stdin is read on the event loop's own thread", IDEA);
}

/// A strict room keeps the client, since its pongs go out all the time.
#[test]
fn pongs_go_out_while_stdin_is_silent() {
    let room = ScriptedRoom::strict();
    let _client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain("`run` returned before it joined the room", TASKS);
    room.pongs(6).or_explain("stdin is read on the event loop's own thread", IDEA);
}

/// A line typed after a silence reaches the room, and the room's answer the screen.
#[test]
fn typed_line_reaches_the_room() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.pongs(2).or_explain("stdin is read on the event loop's own thread", IDEA);
    client.type_line("anyone here?");
    room.hears("anyone here?").or_explain("the received lines are not sent to the room", TASKS);
    client.shows("<< you: anyone here?").or_explain("messages are not shown after a line was sent", TASKS);
}

/// One thread reads stdin, and its name says so.
#[test]
fn one_named_thread_reads_stdin() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain("`run` returned before it joined the room", TASKS);
    for line in ["one", "two", "three"] {
        client.type_line(line);
        room.hears(line).or_explain("the received lines are not sent to the room", TASKS);
    }
    let Some(names) = thread_names(client.process()) else { return };
    let reading = names.iter().filter(|name| *name == "reading thread").count();
    check(reading == 1, "one thread named `reading thread`", format!("the threads are {names:?}"))
        .or_explain("a thread without a name, or a new one for each line", TASKS);
}

/// A thousand piped lines arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    let lines: Vec<String> = (0..1000).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        let said = room.next_line().or_explain("lines are dropped when the channel is full", TASKS);
        check(said == *line, format!("`{line}` is the next line"), format!("`{said}` came"))
            .or_explain("more than one thread reads, or a line is sent twice", TASKS);
    }
    client.exits().or_explain("the end of input does not end the loop", TASKS);
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("03"), &room);
    room.pongs(6).or_explain("stdin is read on the event loop's own thread", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("the end of input does not end the loop", TASKS);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", TASKS);
    let (_, leaving) = room.left().or_explain("the process ended without closing", TASKS);
    check(leaving == practice::Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the socket is dropped where `close` is due", TASKS);
    let report = longest_freeze(&client.screen());
    check(
        report.is_some_and(|seconds| seconds < 0.75),
        "a longest freeze below 0.75 s",
        format!("{report:?}"),
    )
    .or_explain("the loop waited for stdin", IDEA);
}

/// A server that is gone ends the client although nobody has pressed Enter.
#[test]
fn vanished_server_ends_the_client() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.joined().or_explain("`run` returned before it joined the room", TASKS);
    room.vanish();
    client.exits().or_explain("the loop waits for a line before it looks at the room again", IDEA);
}

/// The figure in the line `longest freeze: 0.02 s`.
fn longest_freeze(screen: &str) -> Option<f64> {
    let (_, rest) = screen.split_once("longest freeze: ")?;
    rest.split_whitespace().next()?.parse().ok()
}
