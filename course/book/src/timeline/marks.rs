//! What happened at one moment, as shapes. Each kind has its own, so that none needs its color.

use std::fmt::Write as _;
use std::mem::{Discriminant, discriminant};

use practice::trace::format::{Mark, MarkKind};

use super::pings::Answer;
use super::reading::Reading;
use super::scale::Scale;
use super::words::duration;
use crate::diff::escape;
use crate::said;
use crate::translation::Words;

/// Marks closer than this, in percent, are drawn as one.
const CLOSE: f64 = 1.2;

/// The marks of a lane; those that lie too close become one, with their number above.
pub(crate) fn drawn(reading: &Reading<'_>, lane: usize, middle: u32, scale: &Scale) -> String {
    let mut marks: Vec<&Mark> = reading.trace.marks.iter().filter(|mark| mark.lane == lane).collect();
    marks.sort_by_key(|mark| (rank(mark.kind), mark.at_us));
    let mut svg = String::new();
    let mut index = 0;
    while let Some(first) = marks.get(index) {
        let answer = fate(reading, first);
        let near = |mark: &Mark| scale.x(mark.at_us) - scale.x(first.at_us) < CLOSE;
        let same = |mark: &&&Mark| mark.kind == first.kind && near(mark) && fate(reading, mark) == answer;
        let many = marks[index..].iter().take_while(same).count();
        shape(&mut svg, reading, first, many, (scale.x(first.at_us), i64::from(middle) + offset(first.kind)));
        index += many.max(1);
    }
    svg
}

fn shape(svg: &mut String, reading: &Reading<'_>, mark: &Mark, many: usize, (x, y): (f64, i64)) {
    let (words, answer) = (reading.words, reading.answer(mark));
    let count = match many {
        0..3 => String::new(),
        // Above pongs stand pings, so the number goes before them, where a silence was.
        many if mark.kind == MarkKind::Pong && x >= 8.0 => {
            format!("<text class=\"tl-many\" text-anchor=\"end\" x=\"-7\" y=\"4\">×{many}</text>")
        }
        many => {
            let anchor = if x > 94.0 { "end" } else { "middle" };
            format!("<text class=\"tl-many\" text-anchor=\"{anchor}\" x=\"1\" y=\"-9\">×{many}</text>")
        }
    };
    let colon = if mark.text.is_empty() { "" } else { ": " };
    let told = match answer {
        Some(Answer::Late(wait)) => said!(words, ", answered {wait} later", wait = duration(words, wait)),
        Some(Answer::Missed) => words.word(", never answered"),
        _ => String::new(),
    };
    let what = format!("{}{colon}{}", word(words, mark.kind), mark.text);
    let at = duration(words, mark.at_us);
    let what = said!(words, "{what} at {at}{told}", what = what, at = at, told = told);
    let shape = glyph(mark.kind, answer);
    let _ = writeln!(
        svg,
        "<svg x=\"{x:.2}%\" y=\"{y}\" overflow=\"visible\"><title>{}</title>{shape}{count}</svg>",
        escape(&what)
    );
}

/// What a mark is called, here and in the legend.
pub(crate) fn word(words: Words, kind: MarkKind) -> String {
    match kind {
        MarkKind::Line => words.word("line typed"),
        MarkKind::Shown => words.word("message shown"),
        MarkKind::Joined => words.word("joined the room"),
        MarkKind::Sent => words.word("message sent by the room"),
        MarkKind::Heard => words.word("message heard by the room"),
        MarkKind::Ping => words.word("ping"),
        MarkKind::Pong => words.word("pong"),
        MarkKind::Dropped => words.word("given up by the room"),
        MarkKind::Closed => words.word("closed in order"),
    }
}

/// What decides the shape: late pings look alike, however late they are.
fn fate(reading: &Reading<'_>, mark: &Mark) -> Option<Discriminant<Answer>> {
    reading.answer(mark).map(|answer| discriminant(&answer))
}

/// Marks of one kind are drawn together; an end is drawn last, over all others.
fn rank(kind: MarkKind) -> usize {
    match kind {
        MarkKind::Ping => 0,
        MarkKind::Pong => 1,
        MarkKind::Sent => 2,
        MarkKind::Heard => 3,
        _ => 4,
    }
}

/// Messages, pings and pongs stand one below the other, so that the room's row stays readable.
fn offset(kind: MarkKind) -> i64 {
    match kind {
        MarkKind::Sent | MarkKind::Heard => -7,
        MarkKind::Ping => 5,
        MarkKind::Pong => 16,
        _ => 0,
    }
}

/// The shape of a mark around the origin. Each kind has its own, so that none needs its color.
pub(crate) fn glyph(kind: MarkKind, answer: Option<Answer>) -> &'static str {
    match (kind, answer) {
        (MarkKind::Sent, _) => "<circle class=\"tl-fill\" r=\"3\"/>",
        (MarkKind::Heard, _) => "<path class=\"tl-fill\" d=\"M0-4 4 0 0 4-4 0Z\"/>",
        (MarkKind::Shown, _) => "<path class=\"tl-stroke\" d=\"M0-7V7\"/>",
        (MarkKind::Line, _) => "<path class=\"tl-stroke\" d=\"M4-5V1H-4M-1-2-4 1-1 4\"/>",
        (MarkKind::Ping, Some(Answer::Late(_))) => {
            "<path class=\"tl-thin\" d=\"M-3.5-3H3.5L0 4Z\"/><path class=\"tl-lost\" d=\"M-5 4 5-5\"/>"
        }
        (MarkKind::Ping, Some(Answer::Missed)) => "<path class=\"tl-lost\" d=\"M-4-4 4 4M4-4-4 4\"/>",
        (MarkKind::Ping, _) => "<path class=\"tl-thin\" d=\"M-3.5-3H3.5L0 4Z\"/>",
        (MarkKind::Pong, _) => "<path class=\"tl-fill\" d=\"M-3.5 3H3.5L0-4Z\"/>",
        (MarkKind::Joined, _) => "<path class=\"tl-stroke\" d=\"M-2-6V6M2-6V6\"/>",
        (MarkKind::Dropped, _) => "<path class=\"tl-lost\" d=\"M-6-6 6 6M6-6-6 6M-7-7H7V7H-7Z\"/>",
        (MarkKind::Closed, _) => "<path class=\"tl-thin\" d=\"M-4-5H4V5H-4Z\"/>",
    }
}
