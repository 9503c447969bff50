//! The picture in words, for whoever cannot see it. Each number is counted in the trace.

use std::collections::HashSet;

use practice::trace::format::{LaneKind, MarkKind, Span, SpanKind};

use super::pings::Answer;
use super::reading::{Freeze, Reading};

/// After a freeze, what is shown within this time is called a burst.
const BURST_US: u64 = 200_000;

/// A length of time as a reader says it: `850 ms`, `3.0 s`.
pub(crate) fn duration(us: u64) -> String {
    match us {
        0..1_000_000 => format!("{} ms", (us + 500) / 1000),
        1_000_000..60_000_000 => format!("{}.{} s", (us + 50_000) / 1_000_000, (us + 50_000) / 100_000 % 10),
        _ => format!("{} s", (us + 500_000) / 1_000_000),
    }
}

/// How the run went, for its heading: read from the trace, since not every solution thaws its client,
/// and not every starter freezes.
pub(crate) fn state(reading: &Reading<'_>) -> String {
    match (reading.longest(), reading.tail()) {
        (Some(longest), _) => format!("frozen for {}", duration(longest.length())),
        (None, Some((from, to))) => format!("thawed, but it hangs for {} at its end", duration(to - from)),
        (None, None) => "thawed".to_owned(),
    }
}

/// What the picture shows, sentence by sentence.
pub(crate) fn sentences(reading: &Reading<'_>) -> Vec<String> {
    let mut lines = vec![format!("The run took {}.", duration(reading.trace.length_us))];
    match reading.longest() {
        Some(longest) => freeze(reading, longest, &mut lines),
        None => lines.push("The event loop never stood still for 20 ms or more.".to_owned()),
    }
    lines.extend(blocked(reading));
    lines.extend(whole(reading));
    lines.extend(waiting(reading));
    lines.extend(jobs(reading));
    lines.extend(requests(reading));
    lines.extend(end(reading));
    lines
}

/// The longest freeze, what went on meanwhile, what came after, and the other freezes.
fn freeze(reading: &Reading<'_>, longest: &Freeze, lines: &mut Vec<String>) {
    let thread = thread(reading, longest.lane);
    let held = held(longest);
    let (from, to, middle) = (longest.from_us, longest.to_us, longest.middle());
    lines.push(format!(
        "For {} {thread} did not run, from {} to {}{held}.",
        duration(longest.length()),
        duration(from),
        duration(to)
    ));
    let count = |kind| reading.count(kind, from, to);
    lines.push(format!(
        "Meanwhile the room sent {} and {}; {}, and {}.",
        some(count(MarkKind::Sent), "message"),
        some(count(MarkKind::Ping), "ping"),
        shown(reading.shown(middle.0, middle.1)),
        came_back(reading.count(MarkKind::Pong, middle.0, middle.1)),
    ));
    let burst = reading.shown(to + 1, to + BURST_US);
    if burst > 1 {
        lines.push(format!("Then {} in a burst, within {}.", shown(burst), duration(BURST_US)));
    }
    lines.extend(others(reading, longest));
}

/// A thread as a sentence names it: `the event loop`, but `worker 1`.
pub(crate) fn thread(reading: &Reading<'_>, lane: usize) -> String {
    let name = &reading.trace.lanes[lane].name;
    if name.ends_with(|last: char| last.is_ascii_digit()) { name.clone() } else { format!("the {name}") }
}

/// What kept the thread from its loop.
fn held(freeze: &Freeze) -> String {
    match &freeze.holders()[..] {
        [] => String::new(),
        [(name, _)] => format!(": {name} held it"),
        many => {
            let each: Vec<String> =
                many.iter().map(|(name, sum)| format!("{name} for {}", duration(*sum))).collect();
            format!(": it was held by {}", each.join(", by "))
        }
    }
}

fn others(reading: &Reading<'_>, longest: &Freeze) -> Option<String> {
    let rest: Vec<&Freeze> = reading.freezes.iter().filter(|freeze| *freeze != longest).collect();
    let next = rest.iter().map(|freeze| freeze.length()).max()?;
    Some(match rest.len() {
        1 => format!("There was one more freeze, of {}.", duration(next)),
        more => format!("There were {more} more freezes, of {} at most.", duration(next)),
    })
}

/// The whole run in numbers.
fn whole(reading: &Reading<'_>) -> Vec<String> {
    let count = |kind| reading.marks(kind).len();
    let mut lines = vec![format!(
        "In the whole run the room sent {}, and {}.",
        some(count(MarkKind::Sent), "message"),
        shown(reading.shown(0, reading.trace.length_us))
    )];
    lines.extend(pings(reading));
    lines.push(format!("{} typed.", were(count(MarkKind::Line), "line")));
    lines
}

/// How many pings were answered late, and how many never.
fn pings(reading: &Reading<'_>) -> Option<String> {
    let waits = reading.pings.iter().filter_map(|(_, answer)| match answer {
        Answer::Late(wait) => Some(*wait),
        _ => None,
    });
    let longest = duration(waits.clone().max().unwrap_or_default());
    let missed = reading.pings.iter().filter(|(_, answer)| *answer == Answer::Missed).count();
    let answered = match (waits.count(), missed) {
        (0, 0) => ", and each was answered before the next".to_owned(),
        (0, all) if all == reading.pings.len() => ", and none was answered".to_owned(),
        (0, missed) => format!("; {missed} of them never had an answer"),
        (late, 0) => format!("; {late} of them had a late answer, after {longest} at most"),
        (late, missed) => {
            format!("; {late} of them had a late answer, after {longest} at most, and {missed} never had one")
        }
    };
    (!reading.pings.is_empty()).then(|| format!("It sent {}{answered}.", some(reading.pings.len(), "ping")))
}

/// Which workers were blocked while another one ran the loop.
fn blocked(reading: &Reading<'_>) -> Vec<String> {
    let loops: Vec<usize> = reading
        .lanes()
        .into_iter()
        .filter(|&lane| reading.trace.lanes[lane].kind == LaneKind::Loop)
        .collect();
    let line = |&lane: &usize| {
        let held: Vec<u64> =
            reading.blocked.iter().filter(|held| held.lane == lane).map(Freeze::length).collect();
        let others: Vec<usize> = loops.iter().copied().filter(|other| *other != lane).collect();
        let other = if let [other] = others[..] { thread(reading, other) } else { "another one".to_owned() };
        let length = duration(held.iter().sum());
        (!held.is_empty()).then(|| {
            capital(&format!("{} was blocked for {length}; {other} ran the loop.", thread(reading, lane)))
        })
    };
    loops.iter().filter_map(line).collect()
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Which threads waited inside calls, and by that kept the loop from it.
fn waiting(reading: &Reading<'_>) -> Vec<String> {
    let lanes = reading.lanes().into_iter().filter(|&lane| reading.trace.lanes[lane].kind != LaneKind::Loop);
    let line = |lane: usize| {
        let waits: Vec<_> = reading.spans(lane).filter(|span| span.kind == SpanKind::Blocked).collect();
        let sum = waits.iter().map(|span| span.to_us - span.from_us).sum();
        let (thread, call) = (thread(reading, lane), &waits.first()?.name);
        Some(format!(
            "Off the loop, {thread} waited in {call} for {} in all, and froze nothing by it.",
            duration(sum)
        ))
    };
    lanes.filter_map(line).collect()
}

/// What the pool did.
fn jobs(reading: &Reading<'_>) -> Option<String> {
    let is_pool = |kind| !matches!(kind, LaneKind::Loop | LaneKind::Process);
    let (jobs, lanes, took) = longest(reading, is_pool)?;
    Some(match jobs {
        1 => format!("The pool ran 1 job: {took}."),
        many => {
            format!("The pool ran {many} jobs on {}; of those, {took}, the longest.", some(lanes, "thread"))
        }
    })
}

/// What worker processes were asked for: each length is the client's wait.
fn requests(reading: &Reading<'_>) -> Option<String> {
    let (requests, lanes, took) = longest(reading, |kind| kind == LaneKind::Process)?;
    let workers =
        if lanes == 1 { "1 worker process".to_owned() } else { format!("{lanes} worker processes") };
    Some(match requests {
        1 => format!("1 request went to {workers}: {took}."),
        many => format!("{many} requests went to {workers}; of those, {took}, the longest."),
    })
}

/// How many jobs there were in lanes of some kinds, in how many lanes, and which took longest.
fn longest(reading: &Reading<'_>, is_counted: impl Fn(LaneKind) -> bool) -> Option<(usize, usize, String)> {
    let is_job = |span: &&Span| span.kind == SpanKind::Job && is_counted(reading.trace.lanes[span.lane].kind);
    let jobs: Vec<&Span> = reading.trace.spans.iter().filter(is_job).collect();
    let longest = jobs.iter().max_by_key(|span| span.to_us - span.from_us)?;
    let lanes: HashSet<usize> = jobs.iter().map(|span| span.lane).collect();
    let took = format!("{} took {}", longest.name, duration(longest.to_us - longest.from_us));
    Some((jobs.len(), lanes.len(), took))
}

/// How the connection ended, and whether the program ended with it.
fn end(reading: &Reading<'_>) -> Vec<String> {
    let tail = reading
        .tail()
        .map(|(from, to)| format!("The program hung for {} more before it ended.", duration(to - from)));
    connection(reading).into_iter().chain(tail).collect()
}

fn connection(reading: &Reading<'_>) -> Option<String> {
    if let Some(dropped) = reading.marks(MarkKind::Dropped).first() {
        return Some(format!(
            "At {} the room gave the client up{}.",
            duration(dropped.at_us),
            reason(&dropped.text)
        ));
    }
    let closed = *reading.marks(MarkKind::Closed).first()?;
    Some(format!("At {} the connection was closed in order{}.", duration(closed.at_us), reason(&closed.text)))
}

/// A reason behind a colon, where one is told.
pub(crate) fn reason(text: &str) -> String {
    if ["", "closed", "dropped"].contains(&text.to_lowercase().as_str()) {
        String::new()
    } else {
        format!(": {text}")
    }
}

fn some(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

fn were(count: usize, what: &str) -> String {
    match count {
        0 => format!("No {what} was"),
        1 => format!("1 {what} was"),
        many => format!("{many} {what}s were"),
    }
}

/// How many messages were shown.
pub(crate) fn shown(count: usize) -> String {
    match count {
        0 => "nothing was shown".to_owned(),
        1 => "1 was shown".to_owned(),
        many => format!("{many} were shown"),
    }
}

fn came_back(count: usize) -> String {
    match count {
        0 => "no pong came back".to_owned(),
        1 => "1 pong came back".to_owned(),
        many => format!("{many} pongs came back"),
    }
}
