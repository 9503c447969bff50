//! Draws one run. Lengths along the time axis are percentages and all others are pixels:
//! the picture is as wide as the page, and its letters keep their size at 360 pixels.

use std::fmt::Write as _;

use practice::trace::format::LaneKind;

use super::reading::Reading;
use super::scale::{STRIP, Scale};
use super::words::{duration, lane_name, moment};
use super::{bars, marks};
use crate::diff::escape;
use crate::said;
use crate::translation::Words;

/// A lane: its name, and the strip below it.
const ROW: u32 = 40;
/// The room's lane: messages, pings and pongs one below the other.
const ROOM: u32 = 52;
/// The letters of the axis stand below all rows.
const AXIS: u32 = 18;
/// More pool threads than these share the last row.
const POOL_ROWS: usize = 6;

/// The picture of one run; `length` is that of the longer run of the two.
pub(crate) fn picture(state: &str, reading: &Reading<'_>, length: u64) -> String {
    let (rows, height) = (rows(reading), height(reading));
    let title = title(state, reading);
    let mut canvas = Canvas { svg: String::new(), scale: Scale { length }, height };
    let _ = writeln!(
        canvas.svg,
        "<svg class=\"tl-picture\" role=\"img\" width=\"100%\" height=\"{height}\"><title>{}</title>",
        escape(&title)
    );
    canvas.grid(reading.words);
    canvas.shade(reading);
    let mut top = 0;
    for lanes in &rows {
        canvas.row(reading, lanes, top);
        top += high(reading, lanes);
    }
    canvas.svg.push_str("</svg>\n");
    canvas.svg
}

/// The height of the picture in pixels.
pub(crate) fn height(reading: &Reading<'_>) -> u32 {
    rows(reading).iter().map(|lanes| high(reading, lanes)).sum::<u32>() + AXIS
}

fn high(reading: &Reading<'_>, lanes: &[usize]) -> u32 {
    let room = lanes.iter().any(|&lane| reading.trace.lanes[lane].kind == LaneKind::Room);
    if room { ROOM } else { ROW }
}

/// The lanes of each row: one each, but for pool threads beyond the first few.
fn rows(reading: &Reading<'_>) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut pools = 0;
    for lane in reading.lanes() {
        pools += usize::from(reading.trace.lanes[lane].kind == LaneKind::Pool);
        match rows
            .last_mut()
            .filter(|_| reading.trace.lanes[lane].kind == LaneKind::Pool && pools > POOL_ROWS)
        {
            Some(row) => row.push(lane),
            None => rows.push(vec![lane]),
        }
    }
    rows
}

fn title(state: &str, reading: &Reading<'_>) -> String {
    let words = reading.words;
    let longest = match reading.longest() {
        Some(freeze) => {
            said!(words, "the longest freeze lasts {length}", length = duration(words, freeze.length()))
        }
        None => words.word("the event loop never freezes"),
    };
    said!(
        words,
        "{state}: timeline of {program}, {length}; {longest}.",
        state = state,
        program = reading.trace.program,
        length = duration(words, reading.trace.length_us),
        longest = longest
    )
}

/// The picture so far.
struct Canvas {
    /// The elements.
    svg: String,
    /// Where a moment stands.
    scale: Scale,
    /// The height of the picture in pixels.
    height: u32,
}

impl Canvas {
    /// A line and a number at each round moment.
    fn grid(&mut self, words: Words) {
        let step = step(self.scale.length);
        let bottom = self.height - AXIS;
        for at in (0..).map(|index| index * step).take_while(|at| *at <= self.scale.length) {
            let x = self.scale.x(at);
            let anchor = if x < 6.0 {
                "start"
            } else if x > 94.0 {
                "end"
            } else {
                "middle"
            };
            let _ = writeln!(
                self.svg,
                "<line class=\"tl-grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"0\" y2=\"{bottom}\"/><text class=\"tl-tick\" x=\"{x:.2}%\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                self.height - 4,
                moment(words, at)
            );
        }
    }

    /// A veil over all lanes while nobody runs the loop: nothing happens under it.
    fn shade(&mut self, reading: &Reading<'_>) {
        for freeze in &reading.freezes {
            let (x, width) =
                (self.scale.x(freeze.from_us), self.scale.x(freeze.to_us) - self.scale.x(freeze.from_us));
            let _ = writeln!(
                self.svg,
                "<rect class=\"tl-veil\" x=\"{x:.2}%\" width=\"{width:.2}%\" y=\"0\" height=\"{}\"/>",
                self.height - AXIS
            );
        }
    }

    fn row(&mut self, reading: &Reading<'_>, lanes: &[usize], top: u32) {
        let Some(&first) = lanes.first() else { return };
        let (lane, words) = (&reading.trace.lanes[first], reading.words);
        let name = lane_name(words, &lane.name);
        let name = match (lanes.len() - 1, lane.kind) {
            (0, LaneKind::Loop) if lane.turns > 0 => {
                said!(words, "{name}: {turns} turns", name = name, turns = lane.turns)
            }
            (0, _) => name,
            (more, _) => said!(words, "{name} and {more} more", name = name, more = more),
        };
        let _ = writeln!(
            self.svg,
            "<text class=\"tl-lane\" x=\"2%\" y=\"{}\">{}</text>",
            top + 13,
            escape(&name)
        );
        let (end, middle) = (self.scale.x(reading.trace.length_us), top + STRIP.0 + STRIP.1 / 2);
        let class = if lane.kind == LaneKind::Loop { "tl-free" } else { "tl-base" };
        let _ = writeln!(
            self.svg,
            "<line class=\"{class}\" x1=\"2%\" x2=\"{end:.2}%\" y1=\"{middle}\" y2=\"{middle}\"/>"
        );
        for &lane in lanes {
            self.svg.push_str(&bars::drawn(reading, lane, top + STRIP.0, &self.scale));
            self.svg.push_str(&marks::drawn(reading, lane, middle, &self.scale));
        }
    }
}

/// A round step that makes six lines at most.
fn step(length: u64) -> u64 {
    let mut step = 1000;
    for factor in [2, 5, 10].into_iter().cycle() {
        if length / step <= 6 {
            break;
        }
        step = match factor {
            2 => step * 2,
            5 => step / 2 * 5,
            _ => step * 2,
        };
    }
    step
}
