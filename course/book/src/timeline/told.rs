//! A run told event by event, one sentence each: what the player says at its moment.

use practice::trace::format::{LaneKind, MarkKind, SpanKind};

use super::reading::{Freeze, Reading};
use super::unread::{Message, WAIT_US, messages, said};
use super::words::{duration, reason, shown, thread};
use crate::screens::{Key, Screens};

/// What is shown within this time of the text before it belongs to the same burst.
const BURST_US: u64 = 30_000;

/// An event: when, and the sentence.
pub(crate) type Told = (u64, String);

/// The events of a run in the order of time.
pub(crate) fn events(reading: &Reading<'_>, screens: &Screens) -> Vec<Told> {
    let mut told: Vec<Told> = joined(reading).collect();
    told.extend(keys(reading, screens));
    told.extend(reading.freezes.iter().flat_map(|freeze| frozen(reading, freeze)));
    told.extend(reading.blocked.iter().flat_map(|held| blocked(reading, held)));
    told.extend(jobs(reading));
    let messages = messages(reading.trace);
    told.extend(messages.iter().map(sent));
    told.extend(bursts(&messages));
    told.extend(printed(reading, &messages));
    told.extend(ends(reading));
    told.sort_by_key(|event| event.0);
    told
}

fn joined(reading: &Reading<'_>) -> impl Iterator<Item = Told> {
    reading
        .marks(MarkKind::Joined)
        .into_iter()
        .map(|mark| (mark.at_us, "The client joins the room.".to_owned()))
}

/// The keys that end something, and when the client takes what they ended: lines are read in the order of their keys.
fn keys(reading: &Reading<'_>, screens: &Screens) -> Vec<Told> {
    let mut lines = reading.marks(MarkKind::Line).into_iter();
    let mut told = Vec::new();
    for press in &screens.keys {
        if press.key == Key::CtrlC {
            told.push((press.at_us, "You press Ctrl-C.".to_owned()));
            continue;
        }
        let (key, what) = match press.key {
            Key::Enter => ("Enter", "the line"),
            _ => ("Ctrl-D", "the end of the input"),
        };
        let Some(line) = lines.next() else {
            told.push((press.at_us, format!("You press {key}, and nobody reads {what}.")));
            continue;
        };
        let what = if line.text.is_empty() { what.to_owned() } else { format!("“{}”", line.text) };
        match line.at_us.saturating_sub(press.at_us) {
            0..WAIT_US => told.push((press.at_us, format!("You press {key}, and the client reads {what}."))),
            wait => {
                told.push((
                    press.at_us,
                    format!("You press {key}. The terminal keeps {what}: nobody reads it yet."),
                ));
                told.push((line.at_us, format!("The client reads {what}, {} after {key}.", duration(wait))));
            }
        }
    }
    told
}

fn frozen(reading: &Reading<'_>, freeze: &Freeze) -> [Told; 2] {
    let thread = thread(reading, freeze.lane);
    let held = match freeze.parts.first() {
        Some(part) => format!(": {} holds its thread", part.name),
        None => String::new(),
    };
    [
        (
            freeze.from_us,
            format!("The event loop stops in {thread}{held}.").replace(" in the event loop", ""),
        ),
        (freeze.to_us, format!("The event loop runs again, after {}.", duration(freeze.length()))),
    ]
}

fn blocked(reading: &Reading<'_>, held: &Freeze) -> [Told; 2] {
    let thread = thread(reading, held.lane);
    let call = held.parts.first().map_or("a call", |part| &part.name);
    [
        (held.from_us, format!("{call} blocks {thread}; another worker runs the loop.")),
        (held.to_us, format!("{thread} is free again, after {}.", duration(held.length()))),
    ]
}

fn jobs(reading: &Reading<'_>) -> Vec<Told> {
    let mut told = Vec::new();
    for span in reading.trace.spans.iter().filter(|span| span.kind == SpanKind::Job) {
        let lane = &reading.trace.lanes[span.lane];
        let (name, took) = (&span.name, span.to_us - span.from_us);
        match lane.kind {
            // What runs on the loop is part of a freeze, or too short to be seen.
            LaneKind::Loop => {}
            LaneKind::Process => {
                told.push((span.from_us, format!("The request {name} goes to {}.", lane.name)));
                told.push((span.to_us, format!("The request {name} is over, after {}.", duration(took))));
            }
            _ => {
                told.push((span.from_us, format!("{name} starts on {}.", lane.name)));
                told.push((span.to_us, format!("{name} is done, after {}.", duration(took))));
            }
        }
    }
    told
}

fn sent(message: &Message<'_>) -> Told {
    let text = message.text;
    let sentence = if message.waited() {
        format!("The room sends “{text}”. It waits in the socket.")
    } else {
        format!("The room sends “{text}”, and it is shown.")
    };
    (message.sent_us, sentence)
}

/// Messages that had waited, as they come to the screen.
fn bursts(messages: &[Message<'_>]) -> Vec<Told> {
    let mut late: Vec<(u64, &Message<'_>)> = messages
        .iter()
        .filter(|message| message.waited())
        .filter_map(|message| Some((message.shown_us?, message)))
        .collect();
    late.sort_by_key(|message| message.0);
    let mut told = Vec::new();
    for burst in late.chunk_by(|one, next| next.0 - one.0 < BURST_US) {
        let Some((at_us, first)) = burst.first() else { continue };
        let wait = duration(at_us - first.sent_us);
        let sentence = match burst.len() {
            1 => format!("“{}” is shown, {wait} late.", first.text),
            many => format!("A burst: {} at once, the oldest {wait} late.", shown(many)),
        };
        told.push((*at_us, sentence));
    }
    told
}

/// What the client prints by itself: answers, and what a watchdog says.
fn printed<'a>(reading: &'a Reading<'_>, messages: &'a [Message<'_>]) -> impl Iterator<Item = Told> + 'a {
    let is_own = |text: &str| messages.iter().all(|message| message.text != said(text));
    let shown = reading.marks(MarkKind::Shown).into_iter();
    shown.filter(move |mark| is_own(&mark.text)).map(|mark| {
        let first = mark.text.lines().next().unwrap_or_default();
        (mark.at_us, format!("The client prints “{first}”."))
    })
}

fn ends(reading: &Reading<'_>) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for mark in reading.marks(MarkKind::Dropped) {
        told.push((mark.at_us, format!("The room gives the client up{}.", reason(&mark.text))));
    }
    for mark in reading.marks(MarkKind::Closed) {
        told.push((mark.at_us, format!("The connection is closed in order{}.", reason(&mark.text))));
    }
    told.push((reading.trace.length_us, "The program has ended.".to_owned()));
    told
}
