//! What the player in the page is given: both runs on one clock, as JSON beside the picture.
//!
//! Times are milliseconds. Without JavaScript nothing of it is seen, and the picture stands as it is.

use serde::Serialize;

use super::reading::Reading;
use super::told::events;
use super::unread::counts;
use super::words::state;
use crate::screens::Screens;

/// Before what comes at this many microseconds the screens differ most.
const BEFORE_US: u64 = 40_000;

/// Both runs.
#[derive(Serialize)]
struct Data {
    /// The length of the longer run.
    length: u64,
    /// The moment at which the player stands until it is played.
    poster: u64,
    /// The starter, then the solution.
    runs: Vec<Run>,
}

/// One run.
#[derive(Serialize)]
struct Run {
    /// The program, as the reader starts it.
    name: String,
    /// How the run went, in words.
    state: String,
    /// Its length.
    length: u64,
    /// The screen: when, how many lines stay, the lines below, the row and the column of the cursor.
    frames: Vec<(u64, usize, Vec<String>, u16, u16)>,
    /// What is unread in the socket: from when, messages, pings.
    unread: Vec<(u64, usize, usize)>,
    /// When nobody ran the loop: from, to, and what held it.
    frozen: Vec<(u64, u64, String)>,
    /// When the connection was over, and the program went on for long.
    tail: Option<u64>,
    /// What happened: when, and the sentence.
    events: Vec<(u64, String)>,
}

/// The figure inside of a player; `kind` is an attribute of it, or empty.
pub(crate) fn around(
    figure: &str,
    frozen: (&Reading<'_>, &Screens),
    thawed: (&Reading<'_>, &Screens),
    kind: &str,
) -> String {
    let runs = vec![run(frozen.0, frozen.1), run(thawed.0, thawed.1)];
    let length = runs.iter().map(|run| run.length).max().unwrap_or(0);
    let data = Data { length, poster: poster(frozen.0), runs };
    // What a text holds cannot end the script.
    let json = serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c");
    format!(
        "<thaw-player{kind}>\n{figure}<script type=\"application/json\">{json}</script>\n</thaw-player>\n"
    )
}

fn run(reading: &Reading<'_>, screens: &Screens) -> Run {
    let frames = screens
        .frames
        .iter()
        .map(|frame| (millis(frame.at_us), frame.keep, frame.lines.clone(), frame.cursor.0, frame.cursor.1));
    let frozen = reading.freezes.iter().map(|freeze| {
        let call = freeze.parts.first().map_or(String::new(), |part| part.name.clone());
        (millis(freeze.from_us), millis(freeze.to_us), call)
    });
    let unread = counts(reading.trace).into_iter().map(|(at, messages, pings)| (millis(at), messages, pings));
    Run {
        name: reading.trace.program.clone(),
        state: state(reading),
        length: millis(reading.trace.length_us),
        frames: frames.collect(),
        unread: last_of_each(unread.collect()),
        frozen: frozen.collect(),
        tail: reading.tail().map(|tail| millis(tail.0)),
        events: events(reading, screens).into_iter().map(|(at, told)| (millis(at), told)).collect(),
    }
}

/// Counts change several times in one millisecond: the last one stands.
fn last_of_each(counts: Vec<(u64, usize, usize)>) -> Vec<(u64, usize, usize)> {
    let mut kept: Vec<(u64, usize, usize)> = Vec::new();
    for count in counts {
        match kept.last_mut().filter(|last| last.0 == count.0) {
            Some(last) => *last = count,
            None => kept.push(count),
        }
    }
    kept.dedup_by_key(|count| (count.1, count.2));
    kept
}

/// The moment before most messages come to the screen; without any that wait, late in the run.
fn poster(reading: &Reading<'_>) -> u64 {
    let counts = counts(reading.trace);
    let most = counts.iter().map(|count| count.1).max().unwrap_or(0);
    let after = counts
        .iter()
        .position(|count| count.1 == most)
        .and_then(|at| counts[at..].iter().find(|count| count.1 < most));
    let length = reading.trace.length_us;
    let moment = after.filter(|_| most > 0).map_or(length / 4 * 3, |after| after.0.saturating_sub(BEFORE_US));
    millis(moment)
}

fn millis(us: u64) -> u64 {
    (us + 500) / 1000
}
