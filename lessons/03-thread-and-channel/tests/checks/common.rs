//! What the tasks share: why a client waits, the next line that the room hears, and a thousand of them.

use checks::{Explain, ScriptedRoom};

pub const IDEA: &str = "03-thread-and-channel.md#the-idea";
pub const THREAD: &str = "03-thread-and-channel.md#task-1-give-stdin-a-thread-of-its-own";
pub const CHANNEL: &str = "03-thread-and-channel.md#task-2-hand-over-every-line";
pub const NOT_JOINED: &str = "`run` returned before it joined the room";
pub const WAITS: &str =
    "the event loop's own thread waits for stdin: in `read_line`, in a `recv` that blocks, or in a `join`";
pub const NOT_SENT: &str = "an earlier reader took the line, or it was read and not handed over";

/// The line is the next one that the room hears; a client that answers no pings either is frozen.
pub fn hears_next(room: &ScriptedRoom, line: &str, likely: &str, read: &str) {
    let heard = room.hears_next(line);
    match room.is_silent() {
        true => heard.or_explain(WAITS, IDEA),
        false => heard.or_explain(likely, read),
    }
}

/// Far more than the channel holds.
pub fn thousand_lines() -> Vec<String> {
    (0..1000).map(|number| format!("line {number}")).collect()
}
