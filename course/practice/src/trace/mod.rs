//! Records what ran when, lane by lane, when a client is run with `--trace FILE`.
//!
//! Without that flag every function here is a look at one empty cell.
//! With it, an event costs a clock reading and a push to a list in memory;
//! the file is written when the client has ended, so that no write falls into what is measured.
//! Whoever wants to look on while it runs, as the pane of a page does, adds `--follow`: see `output.rs`.

pub mod format;
mod json;
mod output;
mod recorder;

use std::{cell::Cell, thread, time::Instant};

use tokio::runtime::Builder;

pub use format::MarkKind;
use format::{LaneKind, SpanKind};
pub use output::Output;
pub use recorder::start;
use recorder::{LaneKey, Open, recorder};

thread_local! {
    /// When the loop on this thread began its current turn; `None` on a thread that is no loop.
    static TURN: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Whether this thread was seen to be a loop.
    static IS_LOOP: Cell<bool> = const { Cell::new(false) };
}

/// Lets the trace see when the loops of this runtime run and when they park.
pub fn event_loop(builder: &mut Builder) -> &mut Builder {
    TURN.set(Some(Instant::now()));
    builder
        .on_thread_start(|| TURN.set(Some(Instant::now())))
        .on_thread_unpark(|| TURN.set(Some(Instant::now())))
        .on_thread_park(end_turn)
}

/// Lets the trace see a loop of your own on the current thread, from now on.
pub fn own_loop() {
    TURN.set(Some(Instant::now()));
}

/// Runs `park` of a loop of your own: its turn ends before, and the next one begins after it.
pub fn parked<T>(park: impl FnOnce() -> T) -> T {
    if recorder().is_none() {
        return park();
    }
    end_turn();
    let woken = park();
    TURN.set(Some(Instant::now()));
    woken
}

fn end_turn() {
    IS_LOOP.set(true);
    if let (Some(began), Some(recorder)) = (TURN.take(), recorder()) {
        recorder.turn(lane(), began, Instant::now());
    }
}

/// Runs `f`, and records that the current thread was blocked in it.
pub fn blocked<T>(name: &str, f: impl FnOnce() -> T) -> T {
    span(SpanKind::Blocked, name, f)
}

/// Runs `f`, and records it as a job on the current thread.
pub fn job<T>(name: &str, f: impl FnOnce() -> T) -> T {
    span(SpanKind::Job, name, f)
}

/// Whether anything is recorded: whoever must ask others what to record asks only then.
pub fn is_on() -> bool {
    recorder().is_some()
}

/// Records a request to a worker process, from now until what this returns is dropped.
///
/// It is the client's view: the time in which the request waits for the worker counts too.
pub fn request(process: u32, name: &str) -> Request {
    Request(recorder().map(|recorder| recorder.open(LaneKey::Process(process), SpanKind::Job, name)))
}

/// A request that is on its way; dropping it ends its span.
pub struct Request(Option<Open>);

impl Drop for Request {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

fn span<T>(kind: SpanKind, name: &str, f: impl FnOnce() -> T) -> T {
    let _open = recorder().map(|recorder| recorder.open(lane(), kind, name));
    f()
}

/// Records that a message was printed.
pub fn shown(text: &str) {
    mark(LaneKey::Named("screen", LaneKind::Screen), MarkKind::Shown, text);
}

/// Records that a line was typed.
pub fn typed(line: &str) {
    mark(LaneKey::Named("keys", LaneKind::Keys), MarkKind::Line, line);
}

/// Records what the room did or heard.
pub(crate) fn room(kind: MarkKind, text: &str) {
    mark(LaneKey::Named("room", LaneKind::Room), kind, text);
}

fn mark(lane: LaneKey, kind: MarkKind, text: &str) {
    if let Some(recorder) = recorder() {
        recorder.mark(lane, kind, text);
    }
}

/// The lane of the current thread: a loop, the reading thread, or a pool's thread.
fn lane() -> LaneKey {
    let thread = thread::current();
    let kind = match thread.name() {
        _ if IS_LOOP.get() => LaneKind::Loop,
        Some("main") => LaneKind::Loop,
        Some(name) if name.starts_with("tokio") || name.starts_with("pool") => LaneKind::Pool,
        _ => LaneKind::Reader,
    };
    LaneKey::Thread(thread.id(), thread.name().unwrap_or("thread").to_owned(), kind)
}
