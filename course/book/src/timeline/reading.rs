//! What a trace says: where the loop froze, which workers were blocked, in which order lanes are shown.

use std::collections::HashSet;

use practice::trace::format::{LaneKind, Mark, MarkKind, Span, SpanKind, Trace};

use super::pings::{Answer, answers};
use super::unread::said;
use crate::translation::Words;

/// A turn of the loop that is shorter than this is not called a freeze.
pub const FREEZE_US: u64 = 20_000;

/// A program that goes on for longer than this after its connection was closed hangs at its end.
pub const TAIL_US: u64 = 500_000;

/// A trace with what was found in it.
pub struct Reading<'a> {
    /// The run itself.
    pub trace: &'a Trace,
    /// When nobody ran the loop, in the order of time.
    pub freezes: Vec<Freeze>,
    /// When a worker did not come back to the loop, but another one ran it.
    pub blocked: Vec<Freeze>,
    /// When each ping was sent, and what became of it.
    pub pings: Vec<(u64, Answer)>,
    /// In which language it is told.
    pub words: Words,
}

/// A stretch of time in which a thread that polls tasks did nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The index of the thread's lane.
    pub lane: usize,
    /// When it began.
    pub from_us: u64,
    /// When it ended.
    pub to_us: u64,
    /// What held the thread meanwhile, as far as the trace names it, in the order of time.
    pub parts: Vec<Part>,
}

/// A call within a freeze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// When it began.
    pub from_us: u64,
    /// When it ended.
    pub to_us: u64,
    /// What it was.
    pub name: String,
}

impl Freeze {
    /// How long it lasted.
    pub fn length(&self) -> u64 {
        self.to_us - self.from_us
    }

    /// Without its edges: what was on its way when it began arrives in its first milliseconds,
    /// and the call returns a little before the turn ends.
    pub(crate) fn middle(&self) -> (u64, u64) {
        (self.from_us + FREEZE_US, self.to_us.saturating_sub(FREEZE_US))
    }

    /// How long each call held the thread in all, in the order in which they first did.
    pub fn holders(&self) -> Vec<(&str, u64)> {
        let mut held: Vec<(&str, u64)> = Vec::new();
        for part in &self.parts {
            match held.iter_mut().find(|(name, _)| *name == part.name) {
                Some((_, sum)) => *sum += part.to_us - part.from_us,
                None => held.push((&part.name, part.to_us - part.from_us)),
            }
        }
        held
    }
}

impl<'a> Reading<'a> {
    /// Reads a trace, to be told in English.
    pub fn new(trace: &'a Trace) -> Self {
        Self::told_in(trace, Words::ENGLISH)
    }

    /// Reads a trace, to be told in a language.
    pub fn told_in(trace: &'a Trace, words: Words) -> Self {
        let loops = (0..trace.lanes.len()).filter(|&lane| trace.lanes[lane].kind == LaneKind::Loop);
        let several = loops.clone().count() > 1;
        let mut found: Vec<Freeze> = loops.flat_map(|lane| freezes(trace, lane)).collect();
        found.sort_by_key(|freeze| (freeze.from_us, freeze.lane));
        let (blocked, freezes) = found.into_iter().partition(|freeze| several && ran(trace, freeze));
        Self { trace, freezes, blocked, pings: answers(trace), words }
    }

    /// The longest freeze of all.
    pub fn longest(&self) -> Option<&Freeze> {
        self.freezes.iter().max_by_key(|freeze| freeze.length())
    }

    /// The indices of the lanes from top to bottom: what the reader does and sees first, the room last.
    pub fn lanes(&self) -> Vec<usize> {
        let mut lanes: Vec<usize> = (0..self.trace.lanes.len()).collect();
        lanes.sort_by_key(|&lane| (place(self.trace.lanes[lane].kind), lane));
        lanes
    }

    /// The spans of a lane.
    pub fn spans(&self, lane: usize) -> impl Iterator<Item = &'a Span> {
        self.trace.spans.iter().filter(move |span| span.lane == lane)
    }

    /// The marks of one kind, in the order of time.
    pub fn marks(&self, kind: MarkKind) -> Vec<&'a Mark> {
        let mut marks: Vec<&Mark> = self.trace.marks.iter().filter(|mark| mark.kind == kind).collect();
        marks.sort_by_key(|mark| mark.at_us);
        marks
    }

    /// How many marks of a kind fall into a stretch of time.
    pub fn count(&self, kind: MarkKind, from_us: u64, to_us: u64) -> usize {
        self.trace
            .marks
            .iter()
            .filter(|mark| mark.kind == kind && (from_us..=to_us).contains(&mark.at_us))
            .count()
    }

    /// From the close of the connection to the end of the program, where that takes too long.
    pub fn tail(&self) -> Option<(u64, u64)> {
        let closed = self.marks(MarkKind::Closed).last()?.at_us;
        let length = self.trace.length_us.checked_sub(closed)?;
        (length >= TAIL_US).then_some((closed, self.trace.length_us))
    }

    /// How many messages of the room were shown in a stretch of time.
    pub fn shown(&self, from_us: u64, to_us: u64) -> usize {
        shown(self.trace, from_us, to_us)
    }

    /// What became of a ping; `None` for any other mark.
    pub fn answer(&self, mark: &Mark) -> Option<Answer> {
        let ping = self.pings.iter().find(|(at, _)| mark.kind == MarkKind::Ping && *at == mark.at_us)?;
        Some(ping.1)
    }
}

fn place(kind: LaneKind) -> usize {
    match kind {
        LaneKind::Keys => 0,
        LaneKind::Screen => 1,
        LaneKind::Loop => 2,
        LaneKind::Reader => 3,
        LaneKind::Pool => 4,
        LaneKind::Process => 5,
        LaneKind::Room => 6,
    }
}

/// The long spans of a loop; a turn and the calls that block inside it are one freeze.
fn freezes(trace: &Trace, lane: usize) -> Vec<Freeze> {
    let long = |span: &&Span| span.lane == lane && span.to_us - span.from_us >= FREEZE_US;
    let mut spans: Vec<&Span> = trace.spans.iter().filter(long).collect();
    spans.sort_by_key(|span| (span.from_us, std::cmp::Reverse(span.to_us)));
    let mut found: Vec<Freeze> = Vec::new();
    for span in spans {
        match found.last_mut().filter(|last| span.from_us < last.to_us) {
            Some(last) => last.to_us = last.to_us.max(span.to_us),
            None => found.push(Freeze { lane, from_us: span.from_us, to_us: span.to_us, parts: Vec::new() }),
        }
        if let Some(last) = found.last_mut().filter(|_| span.kind != SpanKind::Turn) {
            last.parts.push(Part { from_us: span.from_us, to_us: span.to_us, name: span.name.clone() });
        }
    }
    found
}

/// Whether the loop ran although one worker was held: a pong came, or a line, or a message was shown.
fn ran(trace: &Trace, held: &Freeze) -> bool {
    let (from, to) = held.middle();
    let heard = |mark: &Mark| matches!(mark.kind, MarkKind::Pong | MarkKind::Heard);
    trace.marks.iter().any(|mark| heard(mark) && (from..=to).contains(&mark.at_us))
        || shown(trace, from, to) > 0
}

/// Counts the room's messages alone: what a watchdog or a prompt prints does not come through the loop.
fn shown(trace: &Trace, from_us: u64, to_us: u64) -> usize {
    let marks = |kind| trace.marks.iter().filter(move |mark| mark.kind == kind);
    let sent: HashSet<&str> = marks(MarkKind::Sent).map(|mark| mark.text.as_str()).collect();
    marks(MarkKind::Shown)
        .filter(|mark| (from_us..=to_us).contains(&mark.at_us) && sent.contains(said(&mark.text)))
        .count()
}
