//! Timelines say what their traces hold, in shapes and in words.

use book::timeline::{Answer, Reading, draw};
use practice::trace::format::{Lane, LaneKind, Span, SpanKind, Trace};

fn frozen() -> Trace {
    serde_json::from_str(include_str!("../fixtures/frozen.json")).expect("a trace")
}

fn thawed() -> Trace {
    serde_json::from_str(include_str!("../fixtures/thawed.json")).expect("a trace")
}

/// A turn and the call that blocks inside it are one freeze, named after the call.
#[test]
fn turn_and_call_are_one_freeze() {
    let trace = frozen();
    let reading = Reading::new(&trace);
    let found: Vec<(u64, &str)> = reading
        .freezes
        .iter()
        .map(|freeze| (freeze.length(), freeze.holders().first().map_or("", |held| held.0)))
        .collect();
    assert_eq!(found, [(3_000_000, "read_line"), (50_000, ""), (2_500_000, "read_line")]);
}

/// One turn may hold several calls: one freeze, and each call named with its length.
#[test]
fn calls_of_one_turn_are_its_parts() {
    let mut trace = frozen();
    let turn = trace.spans[0].clone();
    let call = |from_us, to_us, name: &str| Span {
        from_us,
        to_us,
        name: name.to_owned(),
        kind: SpanKind::Blocked,
        ..turn.clone()
    };
    trace.spans =
        vec![turn.clone(), call(200_000, 1_200_000, "read_line"), call(1_200_000, 3_100_000, "sleep")];
    assert_eq!(Reading::new(&trace).freezes.len(), 1);
    let html = draw(&trace, &thawed());
    assert!(html.contains("it was held by read_line for 1.0 s, by sleep for 1.9 s."), "{html}");
}

/// Blocking elsewhere than on the loop is no freeze.
#[test]
fn waiting_reader_is_no_freeze() {
    let trace = thawed();
    assert!(trace.spans.iter().any(|span| span.kind == SpanKind::Blocked));
    assert!(Reading::new(&trace).freezes.is_empty());
}

/// The words count what the trace holds.
#[test]
fn words_count_the_trace() {
    let html = draw(&frozen(), &thawed());
    for sentence in [
        "<strong>Starter: frozen for 3.0 s</strong>",
        "<strong>Solution: thawed</strong>",
        "For 3.0 s the event loop did not run, from 200 ms to 3.2 s: read_line held it.",
        "Meanwhile the room sent 3 messages and 6 pings; nothing was shown, and no pong came back.",
        "Then 3 were shown in a burst",
        "There were 2 more freezes, of 2.5 s at most.",
        "The event loop never stood still for 20 ms or more.",
        "The pool ran 2 jobs on 2 threads; of those, digest notes.txt took 1.4 s, the longest.",
        "Off the loop, the reading thread waited in read_line for 4.9 s in all",
    ] {
        assert!(html.contains(sentence), "{sentence} is missing in {html}");
    }
}

/// Requests at worker processes are counted apart from the jobs of the pool.
#[test]
fn requests_are_no_jobs_of_the_pool() {
    let mut trace = thawed();
    let job = trace.spans.iter().find(|span| span.kind == SpanKind::Job).expect("a job").clone();
    trace.lanes.push(Lane { name: "worker process 1".into(), kind: LaneKind::Process, turns: 0, busy_us: 0 });
    let lane = trace.lanes.len() - 1;
    let request =
        |name: &str, to_us| Span { lane, name: name.into(), from_us: 1_000_000, to_us, ..job.clone() };
    trace.spans.extend([request("/upper", 1_002_000), request("/primes", 1_700_000)]);
    let html = draw(&frozen(), &trace);
    for part in [
        "The pool ran 2 jobs on 2 threads;",
        "2 requests went to 1 worker process; of those, /primes took 700 ms, the longest.",
        "request at a worker process, until its reply",
        ">worker process 1</text>",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!draw(&frozen(), &thawed()).contains("worker process"));
}

/// Requests that wait at the same time lie over one another; their words do not.
#[test]
fn words_of_bars_that_overlap_stand_apart() {
    let mut trace = thawed();
    let job = trace.spans.iter().find(|span| span.kind == SpanKind::Job).expect("a job").clone();
    trace.lanes.push(Lane { name: "worker process 1".into(), kind: LaneKind::Process, turns: 0, busy_us: 0 });
    let lane = trace.lanes.len() - 1;
    let part = Span { lane, name: "/part".into(), from_us: 1_000_000, to_us: 4_000_000, ..job };
    trace.spans.extend(std::iter::repeat_n(part, 16));
    let html = draw(&frozen(), &trace);
    assert_eq!(html.matches("3.0 s: /part</title>").count(), 16, "each can be asked for its words");
    assert_eq!(html.matches("3.0 s: /part</text>").count(), 1, "{html}");
}

/// The text of a trace cannot become HTML, and no blank line ends the HTML block.
#[test]
fn text_of_a_trace_is_escaped() {
    let mut trace = frozen();
    trace.marks[0].text = "<script>alert(1)</script>".to_owned();
    trace.spans[1].name = "a<b".to_owned();
    let html = draw(&trace, &thawed());
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;") && html.contains("a&lt;b"));
    assert!(html.lines().all(|line| !line.trim().is_empty()));
}

/// A program that hangs after its connection is over says so, though its loop is free.
#[test]
fn hang_at_the_end_is_said() {
    let mut trace = thawed();
    trace.length_us = 8_150_000;
    let html = draw(&frozen(), &trace);
    for part in [
        "Solution: thawed, but it hangs for 3.0 s at its end",
        "class=\"tl-tail\"",
        "The program hung for 3.0 s more",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    assert!(!draw(&frozen(), &thawed()).contains("tl-tail"));
}

/// Both pictures share one scale: the shorter run ends earlier.
#[test]
fn shorter_run_ends_earlier() {
    let html = draw(&frozen(), &thawed());
    let ends: Vec<&str> = html
        .split("class=\"tl-free\" x1=\"2%\" x2=\"")
        .skip(1)
        .filter_map(|rest| rest.split('%').next())
        .collect();
    assert_eq!(ends, ["98.00", "81.24"]);
}

/// A thousand messages stay a picture, not a megabyte.
#[test]
fn crowded_trace_stays_small() {
    let mut trace = frozen();
    let mark = trace.marks[2].clone();
    trace.marks.extend((0..5000).map(|index| {
        let mut mark = mark.clone();
        mark.at_us = index * 1000;
        mark
    }));
    assert!(draw(&trace, &thawed()).len() < 60_000);
}

/// The recorded run of a lesson.
fn recorded(name: &str) -> Trace {
    let path = format!("{}/../../book/traces/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("a trace")
}

/// A worker that is blocked while another one runs the loop is no freeze, and is drawn in its own shape.
#[test]
fn blocked_worker_is_no_freeze() {
    let trace = recorded("02-frozen");
    let reading = Reading::new(&trace);
    // Which of both workers it was differs from run to run.
    let [blocked] = reading.blocked.as_slice() else { panic!("{} blocked workers", reading.blocked.len()) };
    assert!(blocked.lane < 2 && reading.freezes.len() == 2, "{:?}", reading.freezes);
    let (worker, other) = (blocked.lane + 1, 2 - blocked.lane);
    let html = draw(&trace, &recorded("02-thawed"));
    for part in [
        format!("Worker {worker} was blocked for "),
        format!(" s; worker {other} ran the loop."),
        "class=\"tl-thin tl-blocked\"".to_owned(),
        "worker blocked, another one runs the loop".to_owned(),
    ] {
        assert!(html.contains(&part), "{part} is missing in {html}");
    }
    assert_eq!(html.matches("tl-veil").count(), 4, "two freezes in each run");
}

/// With one loop, a pong inside a freeze does not make it another thing.
#[test]
fn lone_loop_has_no_blocked_worker() {
    for name in ["01-frozen", "03-frozen", "04-frozen"] {
        let trace = recorded(name);
        assert!(Reading::new(&trace).blocked.is_empty(), "{name}");
        assert!(!draw(&trace, &thawed()).contains("tl-blocked"), "{name}");
    }
}

/// As many pings are missed here as the room says; a late answer counts.
#[test]
fn late_pings_are_not_missed() {
    for name in ["01-frozen", "02-frozen", "03-frozen", "04-frozen"] {
        let trace = recorded(name);
        let pings = Reading::new(&trace).pings;
        let count = |which: fn(&Answer) -> bool| pings.iter().filter(|(_, answer)| which(answer)).count();
        let late = count(|answer| matches!(answer, Answer::Late(_)));
        let missed = count(|answer| *answer == Answer::Missed);
        let transcript = format!("{}/../../book/transcripts/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let said = format!("{missed} of {} pings missed", pings.len());
        assert!(std::fs::read_to_string(transcript).expect("a transcript").contains(&said), "{name}: {said}");
        let html = draw(&trace, &thawed());
        if name == "02-frozen" {
            assert!(late > 0 && missed > 0, "{late} late, {missed} missed");
            let words = format!("It sent {} pings; {late} of them had a late answer, after ", pings.len());
            let never = format!(" at most, and {missed} never had one.");
            assert!(html.contains(&words) && html.contains(&never), "{html}");
        }
    }
}

/// What the program itself prints during a freeze is no message that was shown.
#[test]
fn line_of_the_watchdog_is_no_message() {
    let html = draw(&recorded("02-frozen"), &recorded("02-thawed"));
    assert_eq!(html.matches("nothing was shown, and no pong came back.").count(), 2, "{html}");
}
