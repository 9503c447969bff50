//! What lasted, as bars: a frozen loop, a waiting reader, a job; each with its length in words.

use std::borrow::Cow;
use std::cmp::Reverse;

use practice::trace::format::{LaneKind, SpanKind};

use super::reading::{Freeze, Reading};
use super::scale::{STRIP, Scale};
use super::words::duration;
use crate::diff::escape;
use crate::translation::Words;

/// The narrowest picture that must be readable; decides where letters fit.
const NARROW: f64 = 320.0;
/// The width of a letter, a little more than it is.
const LETTER: f64 = 6.4;

/// A bar on the strip of a lane.
struct Bar<'a> {
    /// How it is drawn: `frozen`, `frozen-whole`, `thin tl-blocked`, `waits`, `job` or `tail`.
    class: &'static str,
    /// When it begins.
    from_us: u64,
    /// When it ends.
    to_us: u64,
    /// What the thread did; may be empty.
    name: Cow<'a, str>,
}

/// The bars of a lane. The longest get their words first, since room is short.
pub(crate) fn drawn(reading: &Reading<'_>, lane: usize, top: u32, scale: &Scale) -> String {
    let mut bars = bars(reading, lane);
    bars.sort_by_key(|bar| Reverse(bar.to_us - bar.from_us));
    let mut svg: String = bars.iter().map(|bar| bar.drawn(reading.words, top, scale)).collect();
    let mut taken: Vec<(f64, f64)> =
        bars.iter().map(|bar| (scale.x(bar.from_us), scale.x(bar.to_us))).collect();
    let mut words = Vec::new();
    for bar in bars.iter().filter(|bar| bar.class != "frozen-whole") {
        svg.push_str(&bar.words(reading.words, top, scale, &mut taken, &mut words));
    }
    svg
}

fn bars<'a>(reading: &'a Reading<'_>, lane: usize) -> Vec<Bar<'a>> {
    if reading.trace.lanes[lane].kind == LaneKind::Loop {
        let here = |freeze: &&Freeze| freeze.lane == lane;
        let frozen = reading.freezes.iter().filter(here).flat_map(frozen);
        return frozen.chain(reading.blocked.iter().filter(here).map(blocked)).collect();
    }
    if let Some((from_us, to_us)) =
        reading.tail().filter(|_| reading.trace.lanes[lane].kind == LaneKind::Room)
    {
        return vec![Bar { class: "tail", from_us, to_us, name: reading.words.word("still running").into() }];
    }
    let class = |kind| if kind == SpanKind::Job { "job" } else { "waits" };
    let spans = reading.spans(lane);
    spans
        .map(|span| Bar {
            class: class(span.kind),
            from_us: span.from_us,
            to_us: span.to_us,
            name: span.name.as_str().into(),
        })
        .collect()
}

/// A freeze is one bar; where several calls made it, each has its part and its words.
fn frozen<'a>(freeze: &'a Freeze) -> Vec<Bar<'a>> {
    let bar = |from_us, to_us, name: &'a str| Bar { class: "frozen", from_us, to_us, name: name.into() };
    match &freeze.parts[..] {
        [] => vec![bar(freeze.from_us, freeze.to_us, "")],
        [part] => vec![bar(freeze.from_us, freeze.to_us, &part.name)],
        parts => {
            let whole = Bar { class: "frozen-whole", ..bar(freeze.from_us, freeze.to_us, "") };
            let parts = parts.iter().map(|part| bar(part.from_us, part.to_us, &part.name));
            std::iter::once(whole).chain(parts).collect()
        }
    }
}

fn blocked(held: &Freeze) -> Bar<'_> {
    let name = held.parts.first().map_or("", |part| &part.name);
    Bar { class: "thin tl-blocked", from_us: held.from_us, to_us: held.to_us, name: name.into() }
}

impl Bar<'_> {
    fn label(&self, words: Words) -> String {
        let length = duration(words, self.to_us - self.from_us);
        if self.name.is_empty() { length } else { format!("{length}: {}", self.name) }
    }

    fn drawn(&self, words: Words, top: u32, scale: &Scale) -> String {
        let (from, to) = (scale.x(self.from_us), scale.x(self.to_us));
        format!(
            "<rect class=\"tl-{}\" x=\"{from:.2}%\" width=\"{:.2}%\" y=\"{top}\" height=\"{}\"><title>{}</title></rect>\n",
            self.class,
            (to - from).max(0.3),
            STRIP.1,
            escape(&self.label(words))
        )
    }

    /// Its length and its name inside, else its length alone; else either beside, where nothing stands.
    ///
    /// Bars may lie over one another, as requests at one worker do; their words may not.
    fn words(
        &self,
        language: Words,
        top: u32,
        scale: &Scale,
        taken: &mut Vec<(f64, f64)>,
        words: &mut Vec<(f64, f64)>,
    ) -> String {
        let (from, to) = (scale.x(self.from_us), scale.x(self.to_us));
        let texts = [self.label(language), duration(language, self.to_us - self.from_us)];
        let seat = match texts.iter().find_map(|text| Some((inside(from, to, text)?, text))) {
            Some(seat) => Some(seat).filter(|((start, end), _)| is_free(*start, *end, words)),
            None => texts.iter().find_map(|text| Some((beside(to, text, taken)?, text))),
        };
        let Some(((start, end), text)) = seat else { return String::new() };
        taken.push((start, end));
        words.push((start, end));
        let class = if start < to { format!("tl-on-{}", self.class) } else { "tl-beside".to_owned() };
        let (y, text) = (top + 13, escape(text));
        format!("<text class=\"{class}\" x=\"{start:.2}%\" dx=\"5\" y=\"{y}\">{text}</text>\n")
    }
}

fn inside(from: f64, to: f64, text: &str) -> Option<(f64, f64)> {
    let end = from + width(text);
    (end <= to).then_some((from, end))
}

/// After the bar, where no other bar and no other text is, and within the picture.
fn beside(to: f64, text: &str, taken: &[(f64, f64)]) -> Option<(f64, f64)> {
    let end = to + width(text);
    (end <= 101.0 && is_free(to, end, taken)).then_some((to, end))
}

fn is_free(from: f64, to: f64, taken: &[(f64, f64)]) -> bool {
    taken.iter().all(|(left, right)| to <= *left || from >= *right)
}

/// The width of a text in percent of the narrowest picture.
fn width(text: &str) -> f64 {
    (text.chars().count() as f64 * LETTER + 8.0) * 100.0 / NARROW
}
