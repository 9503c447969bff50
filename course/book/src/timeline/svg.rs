//! Draws one run. Lengths along the time axis are percentages and all others are pixels:
//! the picture is as wide as the page, and its letters keep their size at 360 pixels.

use std::fmt::Write as _;

use practice::trace::format::{Lane, LaneKind, Mark, MarkKind, SpanKind};

use super::reading::Reading;
use super::words::duration;
use crate::diff::escape;

/// A lane: its name, and the strip below it.
const ROW: u32 = 40;
/// Where the strip begins within its row, and how high it is.
const STRIP: (u32, u32) = (17, 16);
/// The letters of the axis stand below all rows.
const AXIS: u32 = 18;
/// The narrowest picture that must be readable; decides where letters fit.
const NARROW: f64 = 320.0;
/// The width of a letter, a little more than it is.
const LETTER: f64 = 6.4;
/// Marks closer than this, in percent, are drawn as one.
const CLOSE: f64 = 0.9;
/// More pool threads than these share the last row.
const POOL_ROWS: usize = 6;

/// The picture of one run; `length` is that of the longer run of the two.
pub(crate) fn picture(state: &str, reading: &Reading<'_>, length: u64) -> String {
    let rows = rows(reading);
    let height = ROW * u32::try_from(rows.len()).unwrap_or(0) + AXIS;
    let title = title(state, reading);
    let mut canvas = Canvas { svg: String::new(), length, height };
    let _ = writeln!(
        canvas.svg,
        "<svg class=\"tl-picture\" role=\"img\" width=\"100%\" height=\"{height}\"><title>{}</title>",
        escape(&title)
    );
    canvas.grid();
    canvas.shade(reading);
    for (index, lanes) in rows.iter().enumerate() {
        canvas.row(reading, lanes, ROW * u32::try_from(index).unwrap_or(0));
    }
    canvas.svg.push_str("</svg>\n");
    canvas.svg
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
    let longest = match reading.longest() {
        Some(freeze) => format!("the longest freeze lasts {}", duration(freeze.length())),
        None => "the event loop never freezes".to_owned(),
    };
    format!(
        "{state}: timeline of {}, {}; {longest}.",
        reading.trace.program,
        duration(reading.trace.length_us)
    )
}

/// The picture so far.
struct Canvas {
    /// The elements.
    svg: String,
    /// What the full width stands for.
    length: u64,
    /// The height of the picture in pixels.
    height: u32,
}

impl Canvas {
    /// A moment in percent of the width; the margins leave room for half a mark.
    fn x(&self, us: u64) -> f64 {
        2.0 + 96.0 * us as f64 / self.length as f64
    }

    /// A line and a number at each round moment.
    fn grid(&mut self) {
        let step = step(self.length);
        let bottom = self.height - AXIS;
        for at in (0..).map(|index| index * step).take_while(|at| *at <= self.length) {
            let x = self.x(at);
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
                moment(at)
            );
        }
    }

    /// A veil over all lanes while the loop is frozen: nothing happens under it.
    fn shade(&mut self, reading: &Reading<'_>) {
        for freeze in &reading.freezes {
            let (x, width) = (self.x(freeze.from_us), self.x(freeze.to_us) - self.x(freeze.from_us));
            let _ = writeln!(
                self.svg,
                "<rect class=\"tl-veil\" x=\"{x:.2}%\" width=\"{width:.2}%\" y=\"0\" height=\"{}\"/>",
                self.height - AXIS
            );
        }
    }

    fn row(&mut self, reading: &Reading<'_>, lanes: &[usize], top: u32) {
        let Some(&first) = lanes.first() else { return };
        let lane = &reading.trace.lanes[first];
        let name = if lanes.len() == 1 {
            named(lane)
        } else {
            format!("{} and {} more", lane.name, lanes.len() - 1)
        };
        let _ = writeln!(
            self.svg,
            "<text class=\"tl-lane\" x=\"2%\" y=\"{}\">{}</text>",
            top + 13,
            escape(&name)
        );
        let (end, middle) = (self.x(reading.trace.length_us), top + STRIP.0 + STRIP.1 / 2);
        let class = if lane.kind == LaneKind::Loop { "tl-free" } else { "tl-base" };
        let _ = writeln!(
            self.svg,
            "<line class=\"{class}\" x1=\"2%\" x2=\"{end:.2}%\" y1=\"{middle}\" y2=\"{middle}\"/>"
        );
        for &lane in lanes {
            self.bars(reading, lane, top + STRIP.0);
            self.marks(reading, lane, middle);
        }
    }

    fn bars(&mut self, reading: &Reading<'_>, lane: usize, top: u32) {
        let mut taken = Vec::new();
        if reading.trace.lanes[lane].kind == LaneKind::Loop {
            for freeze in reading.freezes.iter().filter(|freeze| freeze.lane == lane) {
                let bar = Bar {
                    class: "tl-frozen",
                    from_us: freeze.from_us,
                    to_us: freeze.to_us,
                    name: &freeze.name,
                };
                self.bar(&bar, top, &mut taken);
            }
            return;
        }
        for span in reading.spans(lane) {
            let class = if span.kind == SpanKind::Job { "tl-job" } else { "tl-waits" };
            self.bar(
                &Bar { class, from_us: span.from_us, to_us: span.to_us, name: &span.name },
                top,
                &mut taken,
            );
        }
    }

    /// A bar and its length in words: inside where that fits, else beside, else in its tooltip alone.
    fn bar(&mut self, bar: &Bar<'_>, top: u32, taken: &mut Vec<(f64, f64)>) {
        let (from, to) = (self.x(bar.from_us), self.x(bar.to_us));
        let label = bar.label();
        let (inset, height) = if bar.class == "tl-waits" { (2, STRIP.1 - 4) } else { (0, STRIP.1) };
        let _ = writeln!(
            self.svg,
            "<rect class=\"{}\" x=\"{from:.2}%\" width=\"{:.2}%\" y=\"{}\" height=\"{height}\"><title>{}</title></rect>",
            bar.class,
            (to - from).max(0.3),
            top + inset,
            escape(&label)
        );
        let text = [label, duration(bar.to_us - bar.from_us)]
            .into_iter()
            .find_map(|text| Some((seat(from, to, &text, taken)?, text)));
        let Some(((x, inside), text)) = text else { return };
        let class = if inside { format!("tl-text tl-on-{}", &bar.class[3..]) } else { "tl-text".to_owned() };
        let _ = writeln!(
            self.svg,
            "<text class=\"{class}\" x=\"{x:.2}%\" dx=\"4\" y=\"{}\">{}</text>",
            top + 12,
            escape(&text)
        );
    }

    /// Marks as shapes; those that lie too close become one, with their number above.
    fn marks(&mut self, reading: &Reading<'_>, lane: usize, middle: u32) {
        let mut marks: Vec<&Mark> = reading.trace.marks.iter().filter(|mark| mark.lane == lane).collect();
        marks.sort_by_key(|mark| (rank(mark.kind), mark.at_us));
        let mut index = 0;
        while let Some(first) = marks.get(index) {
            let lost = is_lost(reading, first);
            let same = |mark: &&&Mark| {
                mark.kind == first.kind
                    && self.x(mark.at_us) - self.x(first.at_us) < CLOSE
                    && is_lost(reading, mark) == lost
            };
            let many = marks[index..].iter().take_while(same).count();
            self.mark(first, lost, many, middle);
            index += many.max(1);
        }
    }

    fn mark(&mut self, mark: &Mark, lost: bool, many: usize, middle: u32) {
        let count = if many < 3 {
            String::new()
        } else {
            format!("<text class=\"tl-many\" text-anchor=\"middle\" y=\"-9\">×{many}</text>")
        };
        let what = if mark.text.is_empty() {
            format!("{:?}", mark.kind)
        } else {
            format!("{:?}: {}", mark.kind, mark.text)
        };
        let _ = writeln!(
            self.svg,
            "<svg x=\"{:.2}%\" y=\"{}\" overflow=\"visible\"><title>{} at {}</title>{}{count}</svg>",
            self.x(mark.at_us),
            i64::from(middle) + offset(mark.kind),
            escape(&what),
            duration(mark.at_us),
            glyph(mark.kind, lost)
        );
    }
}

/// A bar on the strip of a lane.
struct Bar<'a> {
    /// How it is drawn.
    class: &'static str,
    /// When it begins.
    from_us: u64,
    /// When it ends.
    to_us: u64,
    /// What the thread did; may be empty.
    name: &'a str,
}

impl Bar<'_> {
    fn label(&self) -> String {
        let length = duration(self.to_us - self.from_us);
        if self.name.is_empty() { length } else { format!("{length}: {}", self.name) }
    }
}

/// Where the text of a bar can stand, and whether that is inside; remembers the place.
fn seat(from: f64, to: f64, text: &str, taken: &mut Vec<(f64, f64)>) -> Option<(f64, bool)> {
    let width = (text.chars().count() as f64 * LETTER + 8.0) * 100.0 / NARROW;
    let inside = width <= to - from;
    let start = if inside { from } else { to };
    let free = taken.iter().all(|(left, right)| start + width <= *left || start >= *right);
    if !free || start + width > 101.0 {
        return None;
    }
    taken.push((from, (start + width).max(to)));
    Some((start, inside))
}

fn named(lane: &Lane) -> String {
    match lane.kind {
        LaneKind::Loop if lane.turns > 0 => format!("{}: {} turns", lane.name, lane.turns),
        _ => lane.name.clone(),
    }
}

fn is_lost(reading: &Reading<'_>, mark: &Mark) -> bool {
    mark.kind == MarkKind::Ping && reading.unanswered(mark)
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

/// Pings and pongs stand below the messages, so that the room's row stays readable.
fn offset(kind: MarkKind) -> i64 {
    match kind {
        MarkKind::Ping | MarkKind::Pong => 6,
        MarkKind::Sent | MarkKind::Heard => -4,
        _ => 0,
    }
}

/// The shape of a mark around the origin. Each kind has its own, so that none needs its color.
pub(crate) fn glyph(kind: MarkKind, lost: bool) -> &'static str {
    match (kind, lost) {
        (MarkKind::Sent, _) => "<circle class=\"tl-fill\" r=\"3\"/>",
        (MarkKind::Heard, _) => "<path class=\"tl-fill\" d=\"M0-4 4 0 0 4-4 0Z\"/>",
        (MarkKind::Shown, _) => "<path class=\"tl-stroke\" d=\"M0-7V7\"/>",
        (MarkKind::Line, _) => "<path class=\"tl-stroke\" d=\"M4-5V1H-4M-1-2-4 1-1 4\"/>",
        (MarkKind::Ping, false) => "<path class=\"tl-thin\" d=\"M-3.5-3H3.5L0 4Z\"/>",
        (MarkKind::Ping, true) => "<path class=\"tl-lost\" d=\"M-4-4 4 4M4-4-4 4\"/>",
        (MarkKind::Pong, _) => "<path class=\"tl-fill\" d=\"M-3.5 3H3.5L0-4Z\"/>",
        (MarkKind::Joined, _) => "<path class=\"tl-stroke\" d=\"M-2-6V6M2-6V6\"/>",
        (MarkKind::Dropped, _) => "<path class=\"tl-lost\" d=\"M-6-6 6 6M6-6-6 6M-7-7H7V7H-7Z\"/>",
        (MarkKind::Closed, _) => "<path class=\"tl-thin\" d=\"M-4-5H4V5H-4Z\"/>",
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

fn moment(us: u64) -> String {
    if us.is_multiple_of(1_000_000) {
        format!("{} s", us / 1_000_000)
    } else {
        format!("{} s", us as f64 / 1e6)
    }
}
