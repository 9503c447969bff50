//! The one recorder of a process.

use std::{
    env,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use super::format::{Lane, LaneKind, Mark, MarkKind, Span, SpanKind, Trace, VERSION};

static RECORDER: OnceLock<Recorder> = OnceLock::new();

/// Turns of a loop that are shorter are counted, not listed.
const LISTED: Duration = Duration::from_millis(1);

/// Starts recording; a second call changes nothing.
pub fn start() {
    RECORDER.get_or_init(|| Recorder { start: Instant::now(), state: Mutex::default() });
}

pub(super) fn recorder() -> Option<&'static Recorder> {
    RECORDER.get()
}

/// Which lane an event belongs to.
#[derive(Clone, Debug)]
pub(super) enum LaneKey {
    /// A lane that is no thread: the room, the screen, the keys.
    Named(&'static str, LaneKind),
    /// A thread, with its name.
    Thread(ThreadId, String, LaneKind),
    /// A worker process, by the number that the system gave it.
    Process(u32),
}

impl LaneKey {
    fn is_same(&self, other: &LaneKey) -> bool {
        match (self, other) {
            (LaneKey::Named(one, _), LaneKey::Named(another, _)) => one == another,
            (LaneKey::Thread(one, ..), LaneKey::Thread(another, ..)) => one == another,
            (LaneKey::Process(one), LaneKey::Process(another)) => one == another,
            _ => false,
        }
    }
}

/// Where events go.
pub(super) struct Recorder {
    /// Times are counted from here.
    start: Instant,
    /// What was recorded so far.
    state: Mutex<State>,
}

/// What was recorded so far.
#[derive(Default)]
struct State {
    /// In the order of first use, so that the index names the lane.
    keys: Vec<LaneKey>,
    /// One for each key, under the thread's own name until the trace is written.
    lanes: Vec<Lane>,
    /// Those that ended.
    spans: Vec<Span>,
    /// Those that have not, by number.
    open: Vec<(u64, Span)>,
    /// Numbers open spans.
    opened: u64,
    /// In the order in which they happened.
    marks: Vec<Mark>,
}

/// Ends its span when it is dropped, on a panic too.
pub(super) struct Open {
    /// Where the span is.
    recorder: &'static Recorder,
    /// Its number among the open ones.
    number: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        let now = self.recorder.micros(Instant::now());
        let mut state = self.recorder.state();
        if let Some(at) = state.open.iter().position(|(number, _)| *number == self.number) {
            let (_, mut span) = state.open.swap_remove(at);
            span.to_us = now;
            state.spans.push(span);
        }
    }
}

impl Recorder {
    pub(super) fn turn(&self, lane: LaneKey, from: Instant, to: Instant) {
        let (from_us, to_us) = (self.micros(from), self.micros(to));
        let mut state = self.state();
        let lane = state.lane(lane);
        state.lanes[lane].turns += 1;
        state.lanes[lane].busy_us += to_us - from_us;
        if to - from >= LISTED {
            state.spans.push(Span { lane, kind: SpanKind::Turn, name: String::new(), from_us, to_us });
        }
    }

    pub(super) fn open(&'static self, lane: LaneKey, kind: SpanKind, name: &str) -> Open {
        let from_us = self.micros(Instant::now());
        let mut state = self.state();
        let lane = state.lane(lane);
        state.opened += 1;
        let number = state.opened;
        state.open.push((number, Span { lane, kind, name: name.to_owned(), from_us, to_us: from_us }));
        Open { recorder: self, number }
    }

    pub(super) fn mark(&self, lane: LaneKey, kind: MarkKind, text: &str) {
        let at_us = self.micros(Instant::now());
        let mut state = self.state();
        let lane = state.lane(lane);
        state.marks.push(Mark { lane, kind, at_us, text: text.to_owned() });
    }

    /// What was recorded so far; spans that have not ended end now.
    pub(super) fn trace(&self) -> Trace {
        let length_us = self.micros(Instant::now());
        let state = self.state();
        let mut spans = state.spans.clone();
        spans.extend(state.open.iter().map(|(_, span)| Span { to_us: length_us, ..span.clone() }));
        spans.sort_by_key(|span| (span.from_us, span.lane));
        let (program, args) = command_line();
        Trace {
            thaw_trace: VERSION,
            program,
            args,
            measured_on: measured_on(),
            length_us,
            lanes: state.named_lanes(),
            spans,
            marks: state.marks.clone(),
        }
    }

    fn micros(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_micros() as u64
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The index of the lane, made on first use.
    fn lane(&mut self, key: LaneKey) -> usize {
        let (name, kind) = match &key {
            LaneKey::Named(name, kind) => (*name, *kind),
            LaneKey::Thread(_, name, kind) => (name.as_str(), *kind),
            LaneKey::Process(_) => ("worker process", LaneKind::Process),
        };
        if let Some(known) = self.keys.iter().position(|known| known.is_same(&key)) {
            // A worker looks like a thread of the pool until it parks for the first time.
            if kind == LaneKind::Loop {
                self.lanes[known].kind = kind;
            }
            return known;
        }
        self.lanes.push(Lane { name: name.to_owned(), kind, turns: 0, busy_us: 0 });
        self.keys.push(key);
        self.lanes.len() - 1
    }

    /// The lanes with names for a reader: threads of one kind are numbered in the order of first use.
    fn named_lanes(&self) -> Vec<Lane> {
        let mut lanes = self.lanes.clone();
        let (mut workers, mut pool, mut processes) = (0, 0, 0);
        for lane in &mut lanes {
            match lane.kind {
                LaneKind::Loop if lane.name == "main" => lane.name = "event loop".to_owned(),
                LaneKind::Loop => lane.name = numbered("worker", &mut workers),
                LaneKind::Pool => lane.name = numbered("pool thread", &mut pool),
                LaneKind::Process => lane.name = numbered("worker process", &mut processes),
                _ => {}
            }
        }
        lanes
    }
}

fn numbered(noun: &str, count: &mut u32) -> String {
    *count += 1;
    format!("{noun} {count}")
}

/// The program's name and its arguments, without `--trace FILE` and `--follow`.
fn command_line() -> (String, Vec<String>) {
    let mut given = env::args();
    let path = given.next().unwrap_or_default();
    let program = std::path::Path::new(&path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut args = Vec::new();
    while let Some(arg) = given.next() {
        match arg.as_str() {
            "--trace" => drop(given.next()),
            "--follow" => {}
            _ if arg.starts_with("--trace=") => {}
            _ => args.push(arg),
        }
    }
    (program, args)
}

fn measured_on() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{} {}, {cores} cores", env::consts::OS, env::consts::ARCH)
}
