//! The trace file, version 1: one JSON object that says what ran when, lane by lane.
//!
//! Times are microseconds since the client started.
//! This is the one description of the format; `tests/trace.rs` holds its schema true.
//! A client writes it by hand, in `json.rs`; whoever reads it enables the feature `serde`.

/// The version that this crate writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// One run of one client.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Trace {
    /// Says which fields to expect: readers refuse a version that they do not know.
    pub thaw_trace: u32,
    /// The program, as cargo names it: `lesson-03`.
    pub program: String,
    /// Its arguments, without `--trace FILE` and `--follow`.
    pub args: Vec<String>,
    /// Operating system, architecture and number of cores that the run had.
    pub measured_on: String,
    /// The length of the run.
    pub length_us: u64,
    /// A span or a mark names its lane by the index here; the order is that of first use.
    pub lanes: Vec<Lane>,
    /// What ran from when to when.
    pub spans: Vec<Span>,
    /// What happened at one moment.
    pub marks: Vec<Mark>,
}

/// A row of the timeline: a thread, the room, the screen or the keyboard.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Lane {
    /// `event loop`, `worker 1`, `reading thread`, `pool thread 2`, `room`, `screen`, `keys`.
    pub name: String,
    /// Decides how the lane is drawn.
    pub kind: LaneKind,
    /// How often the loop took a turn; 0 for other lanes.
    pub turns: u64,
    /// How long those turns took together: turns under a millisecond are counted here alone.
    pub busy_us: u64,
}

/// What a lane stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum LaneKind {
    /// The server: what it sent, pinged and heard.
    Room,
    /// A thread that polls tasks.
    Loop,
    /// The one thread that reads stdin.
    Reader,
    /// A thread that runs jobs.
    Pool,
    /// A worker process.
    Process,
    /// What was printed.
    Screen,
    /// Lines that were typed.
    Keys,
}

/// Something that lasted.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Span {
    /// The index of its lane.
    pub lane: usize,
    /// How it used its thread.
    pub kind: SpanKind,
    /// What it was: `read_line`, `digest notes.txt`; empty for a turn of the loop.
    pub name: String,
    /// When it began.
    pub from_us: u64,
    /// When it ended.
    pub to_us: u64,
}

/// How a span used its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum SpanKind {
    /// The loop polled tasks: a turn of a millisecond or more.
    Turn,
    /// The thread waited inside a blocking call.
    Blocked,
    /// A pool's thread or a worker process ran a job.
    Job,
}

/// Something that happened at one moment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Mark {
    /// The index of its lane.
    pub lane: usize,
    /// What happened.
    pub kind: MarkKind,
    /// When.
    pub at_us: u64,
    /// The message, the line or the reason; empty where there is none.
    pub text: String,
}

/// What happened at a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum MarkKind {
    /// The room let the client in.
    Joined,
    /// The room sent the client a message.
    Sent,
    /// The client's message reached the room.
    Heard,
    /// The room sent a ping.
    Ping,
    /// The client's pong reached the room.
    Pong,
    /// The room gave the client up.
    Dropped,
    /// The connection ended in order.
    Closed,
    /// The client printed a message.
    Shown,
    /// A line was typed; empty text at the end of input.
    Line,
}
