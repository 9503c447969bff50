//! What the tasks share: sections of the page, and why a client is late.

use checks::Client;

pub const TASK_1: &str = "04-spawn-blocking.md#task-1-offload";
pub const TASK_2: &str = "04-spawn-blocking.md#task-2-one-pending-prompt";
pub const INLINE: &str = "`offload` runs the job on the event loop's own thread, or waits for it there";
pub const NO_JOIN: &str = "`run` returned before it joined the room";

/// Why the loop does not turn to the room: it waits, or it is busy.
pub fn frozen(client: &Client) -> &'static str {
    match client.idles(50) {
        Ok(()) => INLINE,
        Err(_) => "the loop never rests: an arm of `select!` is ready in each turn",
    }
}
