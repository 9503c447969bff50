//! The picture in words, for whoever cannot see it. Each number is counted in the trace.

use std::collections::HashSet;

use practice::trace::format::{LaneKind, MarkKind, Span, SpanKind};

use super::pings::Answer;
use super::reading::{Freeze, Reading};
use crate::said;
use crate::translation::Words;

/// After a freeze, what is shown within this time is called a burst.
const BURST_US: u64 = 200_000;

/// A length of time as a reader says it: `850 ms`, `3.0 s`.
pub(crate) fn duration(words: Words, us: u64) -> String {
    match us {
        0..1_000_000 => said!(words, "{count} ms", count = (us + 500) / 1000),
        1_000_000..60_000_000 => {
            let (whole, tenth) = ((us + 50_000) / 1_000_000, (us + 50_000) / 100_000 % 10);
            said!(words, "{whole}.{part} s", whole = whole, part = tenth)
        }
        _ => said!(words, "{count} s", count = (us + 500_000) / 1_000_000),
    }
}

/// A moment on the axis: `2 s`, `2.5 s`.
pub(crate) fn moment(words: Words, us: u64) -> String {
    let part = format!("{:06}", us % 1_000_000);
    match part.trim_end_matches('0') {
        "" => said!(words, "{count} s", count = us / 1_000_000),
        part => said!(words, "{whole}.{part} s", whole = us / 1_000_000, part = part),
    }
}

/// What a lane is called; a number behind its name stays.
pub(crate) fn lane_name(words: Words, name: &str) -> String {
    let kind = name.trim_end_matches(|last: char| last.is_ascii_digit());
    words.word(kind.trim_end()) + &name[kind.trim_end().len()..]
}

/// The machine of a run, part by part: `linux x86_64, 2 cores`.
pub(crate) fn place(words: Words, measured_on: &str) -> String {
    let part = |part: &str| match part.strip_suffix(" cores") {
        Some(count) => said!(words, "{count} cores", count = count),
        None => part.to_owned(),
    };
    measured_on.split(", ").map(part).collect::<Vec<_>>().join(", ")
}

/// How the run went, for its heading: read from the trace, since not every solution thaws its client,
/// and not every starter freezes.
pub(crate) fn state(reading: &Reading<'_>) -> String {
    let words = reading.words;
    match (reading.longest(), reading.tail()) {
        (Some(longest), _) => {
            said!(words, "frozen for {length}", length = duration(words, longest.length()))
        }
        (None, Some((from, to))) => {
            said!(words, "thawed, but it hangs for {length} at its end", length = duration(words, to - from))
        }
        (None, None) => words.word("thawed"),
    }
}

/// What the picture shows, sentence by sentence.
pub(crate) fn sentences(reading: &Reading<'_>) -> Vec<String> {
    let words = reading.words;
    let mut lines =
        vec![said!(words, "The run took {length}.", length = duration(words, reading.trace.length_us))];
    match reading.longest() {
        Some(longest) => freeze(reading, longest, &mut lines),
        None => lines.push(words.word("The event loop never stood still for 20 ms or more.")),
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
    let words = reading.words;
    let (from, to, middle) = (longest.from_us, longest.to_us, longest.middle());
    lines.push(capital(&said!(
        words,
        "For {length} {thread} did not run, from {from} to {to}{held}.",
        length = duration(words, longest.length()),
        thread = thread(reading, longest.lane),
        from = duration(words, from),
        to = duration(words, to),
        held = held(words, longest)
    )));
    let count = |kind| reading.count(kind, from, to);
    lines.push(said!(
        words,
        "Meanwhile the room sent {messages} and {pings}; {shown}, and {pongs}.",
        messages = messages(words, count(MarkKind::Sent)),
        pings = some_pings(words, count(MarkKind::Ping)),
        shown = shown(words, reading.shown(middle.0, middle.1)),
        pongs = came_back(words, reading.count(MarkKind::Pong, middle.0, middle.1))
    ));
    let burst = reading.shown(to + 1, to + BURST_US);
    if burst > 1 {
        let length = duration(words, BURST_US);
        lines.push(said!(
            words,
            "Then {count} were shown in a burst, within {length}.",
            count = burst,
            length = length
        ));
    }
    lines.extend(others(reading, longest));
}

/// A thread as a sentence names it: `the event loop`, but `worker 1`.
pub(crate) fn thread(reading: &Reading<'_>, lane: usize) -> String {
    let (words, name) = (reading.words, &reading.trace.lanes[lane].name);
    if words.is_translated() || name.ends_with(|last: char| last.is_ascii_digit()) {
        lane_name(words, name)
    } else {
        format!("the {name}")
    }
}

/// What kept the thread from its loop.
fn held(words: Words, freeze: &Freeze) -> String {
    match &freeze.holders()[..] {
        [] => String::new(),
        [(name, _)] => said!(words, ": {name} held it", name = name),
        many => {
            let each = |(name, sum): &(&str, u64)| {
                said!(words, "{name} for {length}", name = name, length = duration(words, *sum))
            };
            let each: Vec<String> = many.iter().map(each).collect();
            said!(words, ": it was held by {each}", each = each.join(&words.word(", by ")))
        }
    }
}

fn others(reading: &Reading<'_>, longest: &Freeze) -> Option<String> {
    let words = reading.words;
    let rest: Vec<&Freeze> = reading.freezes.iter().filter(|freeze| *freeze != longest).collect();
    let next = duration(words, rest.iter().map(|freeze| freeze.length()).max()?);
    Some(match rest.len() {
        1 => said!(words, "There was one more freeze, of {length}.", length = next),
        more => {
            said!(words, "There were {count} more freezes, of {length} at most.", count = more, length = next)
        }
    })
}

/// The whole run in numbers.
fn whole(reading: &Reading<'_>) -> Vec<String> {
    let words = reading.words;
    let count = |kind| reading.marks(kind).len();
    let mut lines = vec![said!(
        words,
        "In the whole run the room sent {messages}, and {shown}.",
        messages = messages(words, count(MarkKind::Sent)),
        shown = shown(words, reading.shown(0, reading.trace.length_us))
    )];
    lines.extend(pings(reading));
    lines.push(match count(MarkKind::Line) {
        0 => words.word("No line was typed."),
        1 => words.word("1 line was typed."),
        many => said!(words, "{count} lines were typed.", count = many),
    });
    lines
}

/// How many pings were answered late, and how many never.
fn pings(reading: &Reading<'_>) -> Option<String> {
    let words = reading.words;
    let waits = reading.pings.iter().filter_map(|(_, answer)| match answer {
        Answer::Late(wait) => Some(*wait),
        _ => None,
    });
    let longest = duration(words, waits.clone().max().unwrap_or_default());
    let missed = reading.pings.iter().filter(|(_, answer)| *answer == Answer::Missed).count();
    let answered = match (waits.count(), missed) {
        (0, 0) => words.word(", and each was answered before the next"),
        (0, all) if all == reading.pings.len() => words.word(", and none was answered"),
        (0, missed) => said!(words, "; {missed} of them never had an answer", missed = missed),
        (late, 0) => said!(
            words,
            "; {late} of them had a late answer, after {longest} at most",
            late = late,
            longest = longest
        ),
        (late, missed) => said!(
            words,
            "; {late} of them had a late answer, after {longest} at most, and {missed} never had one",
            late = late,
            longest = longest,
            missed = missed
        ),
    };
    let pings = some_pings(words, reading.pings.len());
    (!reading.pings.is_empty())
        .then(|| said!(words, "It sent {pings}{answered}.", pings = pings, answered = answered))
}

/// Which workers were blocked while another one ran the loop.
fn blocked(reading: &Reading<'_>) -> Vec<String> {
    let words = reading.words;
    let loops: Vec<usize> = reading
        .lanes()
        .into_iter()
        .filter(|&lane| reading.trace.lanes[lane].kind == LaneKind::Loop)
        .collect();
    let line = |&lane: &usize| {
        let held: Vec<u64> =
            reading.blocked.iter().filter(|held| held.lane == lane).map(Freeze::length).collect();
        let others: Vec<usize> = loops.iter().copied().filter(|other| *other != lane).collect();
        let other = if let [other] = others[..] { thread(reading, other) } else { words.word("another one") };
        (!held.is_empty()).then(|| {
            capital(&said!(
                words,
                "{thread} was blocked for {length}; {other} ran the loop.",
                thread = thread(reading, lane),
                length = duration(words, held.iter().sum()),
                other = other
            ))
        })
    };
    loops.iter().filter_map(line).collect()
}

/// A sentence, which begins with a capital letter.
pub(crate) fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Which threads waited inside calls, and by that kept the loop from it.
fn waiting(reading: &Reading<'_>) -> Vec<String> {
    let words = reading.words;
    let lanes = reading.lanes().into_iter().filter(|&lane| reading.trace.lanes[lane].kind != LaneKind::Loop);
    let line = |lane: usize| {
        let waits: Vec<_> = reading.spans(lane).filter(|span| span.kind == SpanKind::Blocked).collect();
        let sum = waits.iter().map(|span| span.to_us - span.from_us).sum();
        Some(said!(
            words,
            "Off the loop, {thread} waited in {call} for {length} in all, and froze nothing by it.",
            thread = thread(reading, lane),
            call = waits.first()?.name,
            length = duration(words, sum)
        ))
    };
    lanes.filter_map(line).collect()
}

/// What the pool did.
fn jobs(reading: &Reading<'_>) -> Option<String> {
    let is_pool = |kind| !matches!(kind, LaneKind::Loop | LaneKind::Process);
    let (words, (jobs, lanes, took)) = (reading.words, longest(reading, is_pool)?);
    let threads = match lanes {
        1 => words.word("1 thread"),
        many => said!(words, "{count} threads", count = many),
    };
    Some(match jobs {
        1 => said!(words, "The pool ran 1 job: {took}.", took = took),
        many => said!(
            words,
            "The pool ran {jobs} jobs on {threads}; of those, {took}, the longest.",
            jobs = many,
            threads = threads,
            took = took
        ),
    })
}

/// What worker processes were asked for: each length is the client's wait.
fn requests(reading: &Reading<'_>) -> Option<String> {
    let is_process = |kind| kind == LaneKind::Process;
    let (words, (requests, lanes, took)) = (reading.words, longest(reading, is_process)?);
    let workers = match lanes {
        1 => words.word("1 worker process"),
        many => said!(words, "{count} worker processes", count = many),
    };
    Some(match requests {
        1 => said!(words, "1 request went to {workers}: {took}.", workers = workers, took = took),
        many => said!(
            words,
            "{requests} requests went to {workers}; of those, {took}, the longest.",
            requests = many,
            workers = workers,
            took = took
        ),
    })
}

/// How many jobs there were in lanes of some kinds, in how many lanes, and which took longest.
fn longest(reading: &Reading<'_>, is_counted: impl Fn(LaneKind) -> bool) -> Option<(usize, usize, String)> {
    let is_job = |span: &&Span| span.kind == SpanKind::Job && is_counted(reading.trace.lanes[span.lane].kind);
    let jobs: Vec<&Span> = reading.trace.spans.iter().filter(is_job).collect();
    let longest = jobs.iter().max_by_key(|span| span.to_us - span.from_us)?;
    let lanes: HashSet<usize> = jobs.iter().map(|span| span.lane).collect();
    let (words, length) = (reading.words, longest.to_us - longest.from_us);
    let took = said!(words, "{name} took {length}", name = longest.name, length = duration(words, length));
    Some((jobs.len(), lanes.len(), took))
}

/// How the connection ended, and whether the program ended with it.
fn end(reading: &Reading<'_>) -> Vec<String> {
    let words = reading.words;
    let tail = reading.tail().map(|(from, to)| {
        let length = duration(words, to - from);
        said!(words, "The program hung for {length} more before it ended.", length = length)
    });
    connection(reading).into_iter().chain(tail).collect()
}

fn connection(reading: &Reading<'_>) -> Option<String> {
    let words = reading.words;
    if let Some(dropped) = reading.marks(MarkKind::Dropped).first() {
        let (at, reason) = (duration(words, dropped.at_us), reason(&dropped.text));
        return Some(said!(words, "At {at} the room gave the client up{reason}.", at = at, reason = reason));
    }
    let closed = *reading.marks(MarkKind::Closed).first()?;
    let (at, reason) = (duration(words, closed.at_us), reason(&closed.text));
    Some(said!(words, "At {at} the connection was closed in order{reason}.", at = at, reason = reason))
}

/// A reason behind a colon, where one is told.
pub(crate) fn reason(text: &str) -> String {
    if ["", "closed", "dropped"].contains(&text.to_lowercase().as_str()) {
        String::new()
    } else {
        format!(": {text}")
    }
}

fn messages(words: Words, count: usize) -> String {
    match count {
        0 => words.word("no message"),
        1 => words.word("1 message"),
        many => said!(words, "{count} messages", count = many),
    }
}

fn some_pings(words: Words, count: usize) -> String {
    match count {
        0 => words.word("no ping"),
        1 => words.word("1 ping"),
        many => said!(words, "{count} pings", count = many),
    }
}

/// How many messages were shown.
fn shown(words: Words, count: usize) -> String {
    match count {
        0 => words.word("nothing was shown"),
        1 => words.word("1 was shown"),
        many => said!(words, "{count} were shown", count = many),
    }
}

fn came_back(words: Words, count: usize) -> String {
    match count {
        0 => words.word("no pong came back"),
        1 => words.word("1 pong came back"),
        many => said!(words, "{count} pongs came back", count = many),
    }
}
