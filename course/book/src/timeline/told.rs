//! A run told event by event, one sentence each: what the player says at its moment.

use practice::trace::format::{LaneKind, MarkKind, SpanKind};

use super::reading::{Freeze, Reading};
use super::unread::{Message, WAIT_US, messages, said};
use super::words::{duration, lane_name, reason, thread};
use crate::said;
use crate::screens::{Key, Screens};
use crate::translation::Words;

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
    told.extend(messages.iter().map(|message| sent(reading.words, message)));
    told.extend(bursts(reading.words, &messages));
    told.extend(printed(reading, &messages));
    told.extend(ends(reading));
    told.sort_by_key(|event| event.0);
    told
}

fn joined(reading: &Reading<'_>) -> impl Iterator<Item = Told> {
    reading
        .marks(MarkKind::Joined)
        .into_iter()
        .map(|mark| (mark.at_us, reading.words.word("The client joins the room.")))
}

/// The keys that end something, and when the client takes what they ended: lines are read in the order of their keys.
fn keys(reading: &Reading<'_>, screens: &Screens) -> Vec<Told> {
    let words = reading.words;
    let mut lines = reading.marks(MarkKind::Line).into_iter();
    let mut told = Vec::new();
    for press in &screens.keys {
        if press.key == Key::CtrlC {
            told.push((press.at_us, words.word("You press Ctrl-C.")));
            continue;
        }
        let (key, what) = match press.key {
            Key::Enter => ("Enter", words.word("the line")),
            _ => ("Ctrl-D", words.word("the end of the input")),
        };
        let Some(line) = lines.next() else {
            let sentence = said!(words, "You press {key}, and nobody reads {what}.", key = key, what = what);
            told.push((press.at_us, sentence));
            continue;
        };
        let what = if line.text.is_empty() { what } else { said!(words, "“{text}”", text = line.text) };
        match line.at_us.saturating_sub(press.at_us) {
            0..WAIT_US => {
                let sentence =
                    said!(words, "You press {key}, and the client reads {what}.", key = key, what = what);
                told.push((press.at_us, sentence));
            }
            wait => {
                let kept = said!(
                    words,
                    "You press {key}. The terminal keeps {what}: nobody reads it yet.",
                    key = key,
                    what = what
                );
                told.push((press.at_us, kept));
                let wait = duration(words, wait);
                let read = said!(
                    words,
                    "The client reads {what}, {wait} after {key}.",
                    what = what,
                    wait = wait,
                    key = key
                );
                told.push((line.at_us, read));
            }
        }
    }
    told
}

fn frozen(reading: &Reading<'_>, freeze: &Freeze) -> [Told; 2] {
    let words = reading.words;
    let held = match freeze.parts.first() {
        Some(part) => said!(words, ": {name} holds its thread", name = part.name),
        None => String::new(),
    };
    let stops = if reading.trace.lanes[freeze.lane].name == "event loop" {
        said!(words, "The event loop stops{held}.", held = held)
    } else {
        let thread = thread(reading, freeze.lane);
        said!(words, "The event loop stops in {thread}{held}.", thread = thread, held = held)
    };
    let length = duration(words, freeze.length());
    let again = said!(words, "The event loop runs again, after {length}.", length = length);
    [(freeze.from_us, stops), (freeze.to_us, again)]
}

fn blocked(reading: &Reading<'_>, held: &Freeze) -> [Told; 2] {
    let (words, thread) = (reading.words, thread(reading, held.lane));
    let call = held.parts.first().map_or_else(|| words.word("a call"), |part| part.name.clone());
    let blocks =
        said!(words, "{call} blocks {thread}; another worker runs the loop.", call = call, thread = thread);
    let length = duration(words, held.length());
    let free = said!(words, "{thread} is free again, after {length}.", thread = thread, length = length);
    [(held.from_us, blocks), (held.to_us, free)]
}

fn jobs(reading: &Reading<'_>) -> Vec<Told> {
    let (words, mut told) = (reading.words, Vec::new());
    for span in reading.trace.spans.iter().filter(|span| span.kind == SpanKind::Job) {
        let lane = &reading.trace.lanes[span.lane];
        let (name, took) = (&span.name, duration(words, span.to_us - span.from_us));
        let place = lane_name(words, &lane.name);
        match lane.kind {
            // What runs on the loop is part of a freeze, or too short to be seen.
            LaneKind::Loop => {}
            LaneKind::Process => {
                let goes = said!(words, "The request {name} goes to {place}.", name = name, place = place);
                let over =
                    said!(words, "The request {name} is over, after {took}.", name = name, took = took);
                told.extend([(span.from_us, goes), (span.to_us, over)]);
            }
            _ => {
                let starts = said!(words, "{name} starts on {place}.", name = name, place = place);
                let done = said!(words, "{name} is done, after {took}.", name = name, took = took);
                told.extend([(span.from_us, starts), (span.to_us, done)]);
            }
        }
    }
    told
}

fn sent(words: Words, message: &Message<'_>) -> Told {
    let text = message.text;
    let sentence = if message.waited() {
        said!(words, "The room sends “{text}”. It waits in the socket.", text = text)
    } else {
        said!(words, "The room sends “{text}”, and it is shown.", text = text)
    };
    (message.sent_us, sentence)
}

/// Messages that had waited, as they come to the screen.
fn bursts(words: Words, messages: &[Message<'_>]) -> Vec<Told> {
    let mut late: Vec<(u64, &Message<'_>)> = messages
        .iter()
        .filter(|message| message.waited())
        .filter_map(|message| Some((message.shown_us?, message)))
        .collect();
    late.sort_by_key(|message| message.0);
    let mut told = Vec::new();
    for burst in late.chunk_by(|one, next| next.0 - one.0 < BURST_US) {
        let Some((at_us, first)) = burst.first() else { continue };
        let wait = duration(words, at_us - first.sent_us);
        let sentence = match burst.len() {
            1 => said!(words, "“{text}” is shown, {wait} late.", text = first.text, wait = wait),
            many => said!(
                words,
                "A burst: {count} were shown at once, the oldest {wait} late.",
                count = many,
                wait = wait
            ),
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
        (mark.at_us, said!(reading.words, "The client prints “{text}”.", text = first))
    })
}

fn ends(reading: &Reading<'_>) -> Vec<Told> {
    let (words, mut told) = (reading.words, Vec::new());
    for mark in reading.marks(MarkKind::Dropped) {
        let gives_up = said!(words, "The room gives the client up{reason}.", reason = reason(&mark.text));
        told.push((mark.at_us, gives_up));
    }
    for mark in reading.marks(MarkKind::Closed) {
        let closed = said!(words, "The connection is closed in order{reason}.", reason = reason(&mark.text));
        told.push((mark.at_us, closed));
    }
    told.push((reading.trace.length_us, words.word("The program has ended.")));
    told
}
