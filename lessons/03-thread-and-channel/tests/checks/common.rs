//! What the tasks share: why a client waits, the next line that the room hears, and a thousand of them.

use checks::{Client, Explain, Missed, ScriptedRoom};

pub const IDEA: &str = "03-thread-and-channel.md#the-idea";
pub const THREAD: &str = "03-thread-and-channel.md#task-1-give-stdin-a-thread-of-its-own";
pub const CHANNEL: &str = "03-thread-and-channel.md#task-2-hand-over-every-line";
pub const NOT_JOINED: &str = "`run` returned before it joined the room";
pub const WAITS: &str = "the event loop's own thread waits for stdin: in `read_line` or in a `recv` that blocks,\n\
     or in a `join` or at a lock of the thread that reads";
pub const NOT_SENT: &str = "an earlier reader took the line, or it was read and not handed over";

/// The client shows this; one that has ended waits for nothing.
pub fn shows(client: &Client, text: &str) {
    let left =
        "the client leaves before its input ends: the read has ended it, by an end, an error or a panic";
    client
        .shows(text)
        .map_err(|missed| match missed.instead.starts_with("the client ended") {
            true => missed.because(left),
            false => missed,
        })
        .or_explain(WAITS, IDEA);
}

/// The line is the next one that the room hears; a client that answers no pings either is frozen.
pub fn hears_next(room: &ScriptedRoom, line: &str, likely: &str, read: &str) {
    let heard = room.hears_next(line).map_err(|missed| unless_changed(missed, line));
    match room.is_silent() {
        true => heard.or_explain(WAITS, IDEA),
        false => heard.or_explain(likely, read),
    }
}

/// A line that came with other blanks, or with its end, is not lost.
pub fn unless_changed(missed: Missed, line: &str) -> Missed {
    let said = missed.instead.strip_prefix('`').and_then(|said| said.strip_suffix("` came"));
    match said.is_some_and(|said| said.split_whitespace().eq(line.split_whitespace())) {
        true => {
            missed.because("a line is changed on its way: send it as `read_line` gives it, without its end")
        }
        false => missed,
    }
}

/// Far more than the channel holds.
pub fn thousand_lines() -> Vec<String> {
    (0..1000).map(|number| format!("line {number}")).collect()
}
