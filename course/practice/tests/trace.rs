//! The trace file of a real run keeps to its format, and recording does not change what is measured.

use std::{
    env, fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use practice::{
    Room, Rules,
    trace::{
        self,
        format::{LaneKind, MarkKind, Span, SpanKind, Trace, VERSION},
    },
};
use serde_json::Value;

/// A turn of the loop that is listed lasts at least this long.
const SHORTEST_LISTED: Duration = Duration::from_millis(1);

/// The file has the fields of the format, and no others.
#[test]
fn fields_are_those_of_the_format() {
    let file = run("fields", &[]).1;
    let trace: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(
        keys(&trace),
        ["args", "lanes", "length_us", "marks", "measured_on", "program", "spans", "thaw_trace"]
    );
    assert_eq!(trace["thaw_trace"], VERSION);
    assert_eq!(keys(&trace["lanes"][0]), ["busy_us", "kind", "name", "turns"]);
    assert_eq!(keys(&trace["spans"][0]), ["from_us", "kind", "lane", "name", "to_us"]);
    assert_eq!(keys(&trace["marks"][0]), ["at_us", "kind", "lane", "text"]);
}

/// Every span and mark lies in a lane and within the length of the run.
#[test]
fn spans_lie_within_the_run() {
    let trace = traced("spans", &[]);
    assert!(!trace.spans.is_empty() && !trace.marks.is_empty());
    for span in &trace.spans {
        assert!(span.lane < trace.lanes.len() && span.from_us <= span.to_us, "{span:?}");
        assert!(span.to_us <= trace.length_us, "{span:?} in {} us", trace.length_us);
    }
    for mark in &trace.marks {
        assert!(mark.lane < trace.lanes.len() && mark.at_us <= trace.length_us, "{mark:?}");
    }
    assert!(trace.spans.is_sorted_by_key(|span| span.from_us), "spans are in order");
    assert!(trace.marks.is_sorted_by_key(|mark| mark.at_us), "marks are in order");
}

/// What ran is in the lane of its thread, for as long as it lasted.
#[test]
fn lanes_tell_who_was_blocked() {
    let trace = traced("lanes", &[]);
    let inline = span_of(&trace, "event loop", SpanKind::Blocked);
    assert!(lasted(inline) >= Duration::from_millis(300), "{inline:?}");
    let turn = span_of(&trace, "event loop", SpanKind::Turn);
    assert!(lasted(turn) >= SHORTEST_LISTED, "{turn:?}");
    assert!(lasted(span_of(&trace, "pool thread 1", SpanKind::Job)) >= Duration::from_millis(20));
    let abandoned = span_of(&trace, "reading thread", SpanKind::Blocked);
    assert_eq!(abandoned.to_us, trace.length_us, "a span that has not ended ends with the trace");
    let turns = trace.lanes.iter().find(|lane| lane.name == "event loop").unwrap().turns;
    assert!(turns > 1, "the loop parked {turns} times");
}

/// Requests lie in the lane of their worker process, numbered in the order of first use.
#[test]
fn requests_lie_in_the_lane_of_their_process() {
    let trace = traced("requests", &[]);
    let requests: Vec<(&str, &str)> = trace
        .spans
        .iter()
        .filter(|span| trace.lanes[span.lane].kind == LaneKind::Process)
        .map(|span| (trace.lanes[span.lane].name.as_str(), span.name.as_str()))
        .collect();
    let (first, second) = ("worker process 1", "worker process 2");
    assert_eq!(requests, [(first, "/upper"), (second, "/primes"), (first, "/primes")]);
    let longest = span_of(&trace, first, SpanKind::Job);
    assert!(lasted(longest) >= Duration::from_millis(300), "{longest:?}");
}

/// Started as a worker, the program joins no room and says what its work says.
#[test]
fn worker_joins_no_room() {
    let output = Command::new(env!("CARGO_BIN_EXE_visitor")).arg(practice::WORKER).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: this worker has no work\n");
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// Marks tell the way of a line: typed, heard, sent back, shown, and the goodbye. It may be typed before the client
/// is in the room.
#[test]
fn marks_tell_the_way_of_a_line() {
    let trace = traced("marks", &[]);
    let told: Vec<(&str, MarkKind, &str)> = trace
        .marks
        .iter()
        .filter(|mark| !matches!(mark.kind, MarkKind::Ping | MarkKind::Pong))
        .filter(|mark| !mark.text.contains("since you joined"))
        .map(|mark| (trace.lanes[mark.lane].name.as_str(), mark.kind, mark.text.as_str()))
        .collect();
    let expected = [
        ("keys", MarkKind::Line, "hello"),
        ("room", MarkKind::Heard, "hello"),
        ("room", MarkKind::Sent, "you: hello"),
        ("screen", MarkKind::Shown, "you: hello"),
        ("room", MarkKind::Closed, "Closed"),
    ];
    let (joined, way): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|(_, kind, _)| *kind == MarkKind::Joined);
    assert_eq!(joined, [("room", MarkKind::Joined, "")]);
    assert_eq!(way, expected);
}

/// A worker is one lane, a loop, also if it was blocked before it parked for the first time.
#[test]
fn workers_are_loops() {
    let file = path("workers");
    let output = visitor(&file, &[]).env("WORKERS", "1").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let trace = read(&fs::read_to_string(file).unwrap());
    let inline = span_of(&trace, "worker 1", SpanKind::Blocked);
    assert!(lasted(inline) >= Duration::from_millis(300), "{inline:?}");
    let pool = trace.lanes.iter().filter(|lane| lane.kind == LaneKind::Pool).count();
    assert_eq!(pool, 1, "{:?}", trace.lanes);
}

/// The program and its arguments are named, without the file.
#[test]
fn arguments_are_kept_without_the_file() {
    let trace = traced("arguments", &["--strict", "--follow"]);
    assert_eq!(trace.program, "visitor");
    assert_eq!(trace.args, ["--strict"]);
    assert!(trace.measured_on.contains(env::consts::OS), "{}", trace.measured_on);
}

/// A field or a kind that the format does not know is refused, at every level.
#[test]
fn unknown_fields_are_refused() {
    let file: Value = serde_json::from_str(&run("unknown", &[]).1).unwrap();
    for at in ["", "/lanes/0", "/spans/0", "/marks/0"] {
        let mut more = file.clone();
        more.pointer_mut(at).unwrap()["color"] = "red".into();
        let refused = serde_json::from_value::<Trace>(more).unwrap_err().to_string();
        assert!(refused.contains("unknown field `color`"), "{at}: {refused}");
    }
    for at in ["/lanes/0/kind", "/spans/0/kind", "/marks/0/kind"] {
        let mut other = file.clone();
        *other.pointer_mut(at).unwrap() = "ufo".into();
        let refused = serde_json::from_value::<Trace>(other).unwrap_err().to_string();
        assert!(refused.contains("unknown variant `ufo`"), "{at}: {refused}");
    }
}

/// Nothing is written while the client runs: the file is filled when it has ended.
#[test]
fn file_is_written_at_the_end() {
    let (room, events) = Room::open_watched(Rules { bots: false, ..Rules::default() }).unwrap();
    let file = path("end");
    let mut client = visitor(&file, &["--server", &room.url()]).spawn().unwrap();
    let said = |event| matches!(event, practice::Event::Said(..));
    while !said(events.recv_timeout(Duration::from_secs(10)).expect("the line in time")) {}
    let meanwhile = fs::metadata(&file).unwrap().len();
    assert!(client.wait().unwrap().success());
    assert_eq!(meanwhile, 0, "bytes written while the client ran");
    assert!(fs::metadata(&file).unwrap().len() > 0);
}

/// An event costs less than a hundredth of the shortest turn that is listed.
///
/// This is how we know that recording does not change what is measured: see `EVENTS`.
#[test]
fn recording_costs_little() {
    /// As many as a client records in a minute or so; the list in memory grows meanwhile.
    const EVENTS: u32 = 10_000;
    trace::start();
    let cheapest = (0..EVENTS / 100).map(|_| hundred_events()).min().unwrap() / 100;
    println!("{cheapest:?} for one event");
    assert!(cheapest < SHORTEST_LISTED / 100, "{cheapest:?} for one event");
}

/// The same run measures the same freeze, with and without a trace: the 300 ms for which it blocks.
#[test]
fn freeze_is_the_same_with_a_trace() {
    for args in [vec![], vec!["--trace".to_owned(), path("same").display().to_string()]] {
        let output = Command::new(env!("CARGO_BIN_EXE_visitor")).args(&args).output().unwrap();
        let freeze = freeze(&String::from_utf8_lossy(&output.stdout));
        assert!(freeze >= 0.29, "{freeze} s, with {args:?}");
    }
}

/// Runs the visitor with a trace: its output, and the file.
fn run(name: &str, args: &[&str]) -> (String, String) {
    let file = path(name);
    let output = visitor(&file, args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), fs::read_to_string(file).unwrap())
}

fn traced(name: &str, args: &[&str]) -> Trace {
    read(&run(name, args).1)
}

fn read(file: &str) -> Trace {
    serde_json::from_str(file).expect("a trace")
}

fn visitor(file: &PathBuf, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_visitor"));
    command.arg("--trace").arg(file).args(args);
    command
}

/// A file of the test's own.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("trace-{name}.json"))
}

/// The longest span of a kind in a lane.
fn span_of<'a>(trace: &'a Trace, lane: &str, kind: SpanKind) -> &'a Span {
    let spans = trace.spans.iter().filter(|span| trace.lanes[span.lane].name == lane && span.kind == kind);
    spans.max_by_key(|span| span.to_us - span.from_us).unwrap_or_else(|| {
        panic!("no {kind:?} in `{lane}`: {:?}", trace.lanes);
    })
}

fn lasted(span: &Span) -> Duration {
    Duration::from_micros(span.to_us - span.from_us)
}

fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// How long a hundred events take: a span is one event at each end.
fn hundred_events() -> Duration {
    let began = Instant::now();
    for _ in 0..25 {
        trace::blocked("read_line", || trace::typed("hello"));
        trace::shown("you: hello");
    }
    began.elapsed()
}

fn freeze(output: &str) -> f64 {
    let (_, rest) = output.split_once("longest freeze: ").expect("the report");
    rest.split_whitespace().next().unwrap().parse().unwrap()
}
