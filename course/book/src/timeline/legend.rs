//! What the shapes mean: only those that the two pictures use.

use std::fmt::Write as _;

use practice::trace::format::{LaneKind, MarkKind, Span, SpanKind};

use super::marks::{glyph, word};
use super::pings::Answer;
use super::reading::Reading;
use crate::translation::Words;

/// The shapes of marks in the order of the legend.
const MARKS: [MarkKind; 9] = [
    MarkKind::Line,
    MarkKind::Shown,
    MarkKind::Joined,
    MarkKind::Sent,
    MarkKind::Heard,
    MarkKind::Ping,
    MarkKind::Pong,
    MarkKind::Dropped,
    MarkKind::Closed,
];

/// The sample of a job, wherever it runs: its lane says where.
const JOB: &str = "<rect class=\"tl-job\" x=\"1\" y=\"1\" width=\"20\" height=\"12\"/>";

/// The legend as a list.
pub(crate) fn legend(readings: &[&Reading<'_>]) -> String {
    let words = readings.first().map_or(Words::ENGLISH, |reading| reading.words);
    let mut html = format!("<ul class=\"tl-legend\" aria-label=\"{}\">", words.word("What the shapes mean"));
    for (name, sample) in bars(readings, words) {
        item(&mut html, &name, sample, "");
    }
    for kind in MARKS.into_iter().filter(|kind| uses(readings, *kind)) {
        item(&mut html, &word(words, kind), "", glyph(kind, None));
    }
    for (name, answer) in late(readings, words) {
        item(&mut html, &name, "", glyph(MarkKind::Ping, Some(answer)));
    }
    html.push_str("</ul>\n");
    html
}

/// The kinds of bars that appear, each with a sample.
fn bars(readings: &[&Reading<'_>], words: Words) -> Vec<(String, &'static str)> {
    let jobs = |in_process| {
        let is_one = |reading: &&&Reading<'_>, span: &Span| {
            let kind = reading.trace.lanes[span.lane].kind;
            span.kind == SpanKind::Job && (kind == LaneKind::Process) == in_process
        };
        readings.iter().any(|reading| reading.trace.spans.iter().any(|span| is_one(&reading, span)))
    };
    let lanes =
        |kind| readings.iter().any(|reading| reading.trace.lanes.iter().any(|lane| lane.kind == kind));
    let all = [
        (
            lanes(LaneKind::Loop),
            words.word("event loop free"),
            "<line class=\"tl-free\" x1=\"0\" x2=\"22\" y1=\"7\" y2=\"7\"/>",
        ),
        (
            readings.iter().any(|reading| !reading.freezes.is_empty()),
            words.word("event loop frozen"),
            "<rect class=\"tl-frozen\" width=\"22\" height=\"14\"/>",
        ),
        (
            readings.iter().any(|reading| !reading.blocked.is_empty()),
            words.word("worker blocked, another one runs the loop"),
            "<rect class=\"tl-thin tl-blocked\" x=\"1\" y=\"1\" width=\"20\" height=\"12\"/>",
        ),
        (
            waits(readings),
            words.word("waiting inside a call, off the loop"),
            "<rect class=\"tl-waits\" x=\"1\" y=\"2\" width=\"20\" height=\"10\"/>",
        ),
        (jobs(false), words.word("job on a pool thread"), JOB),
        (jobs(true), words.word("request at a worker process, until its reply"), JOB),
        (
            readings.iter().any(|reading| reading.tail().is_some()),
            words.word("the connection is over, the program is not"),
            "<rect class=\"tl-tail\" x=\"1\" y=\"1\" width=\"20\" height=\"12\"/>",
        ),
    ];
    all.into_iter().filter(|(used, ..)| *used).map(|(_, name, sample)| (name, sample)).collect()
}

/// The pings that were not answered in time, as far as there are any.
fn late(readings: &[&Reading<'_>], words: Words) -> Vec<(String, Answer)> {
    let pings: Vec<Answer> =
        readings.iter().flat_map(|reading| reading.pings.iter().map(|ping| ping.1)).collect();
    let late = pings.iter().find(|answer| matches!(answer, Answer::Late(_)));
    let missed = pings.iter().find(|answer| **answer == Answer::Missed);
    let named = [
        (words.word("ping answered after the next was sent"), late),
        (words.word("ping missed: never answered"), missed),
    ];
    named.into_iter().filter_map(|(name, answer)| Some((name, *answer?))).collect()
}

fn waits(readings: &[&Reading<'_>]) -> bool {
    let off = |reading: &&&Reading<'_>, lane: usize| reading.trace.lanes[lane].kind != LaneKind::Loop;
    readings.iter().any(|reading| {
        reading.trace.spans.iter().any(|span| span.kind == SpanKind::Blocked && off(&reading, span.lane))
    })
}

fn uses(readings: &[&Reading<'_>], kind: MarkKind) -> bool {
    readings.iter().any(|reading| !reading.marks(kind).is_empty())
}

fn item(html: &mut String, name: &str, sample: &str, shape: &str) {
    let shape = if shape.is_empty() {
        String::new()
    } else {
        format!("<g transform=\"translate(11 7)\">{shape}</g>")
    };
    let _ = write!(
        html,
        "<li><svg width=\"22\" height=\"14\" aria-hidden=\"true\">{sample}{shape}</svg> {name}</li>"
    );
}
