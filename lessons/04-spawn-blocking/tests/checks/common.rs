//! What the tasks share: sections of the page, and why a client is late.

pub const TASK_1: &str = "04-spawn-blocking.md#task-1-offload";
pub const TASK_2: &str = "04-spawn-blocking.md#task-2-one-pending-prompt";
pub const INLINE: &str = "`offload` runs the job on the event loop's own thread, or waits for it there";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
