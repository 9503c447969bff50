//! The picture of a lesson: the run of its starter above the run of its solution, on one time scale.
//!
//! Both are real runs, recorded under `book/traces`. The words below the picture are computed from them too.

mod bars;
mod legend;
mod marks;
mod pings;
mod poster;
mod reading;
mod scale;
mod svg;
mod words;

use std::fs;

use practice::trace::format::{Trace, VERSION};

pub use pings::Answer;
pub use reading::{FREEZE_US, Freeze, Part, Reading, TAIL_US};

use crate::diff::escape;
use crate::sources::Sources;

/// The figure of one lesson as HTML, or a sentence on what is missing.
pub fn figure(sources: &Sources, number: &str) -> Result<String, String> {
    let frozen = read(sources, &format!("{number}-frozen"))?;
    let thawed = read(sources, &format!("{number}-thawed"))?;
    Ok(draw(&frozen, &thawed))
}

/// The picture of one lesson as an SVG file that stands alone, or a sentence on what is missing.
pub fn poster(sources: &Sources, number: &str) -> Result<String, String> {
    let theme = sources.book().join("theme/thaw.css");
    let css = fs::read_to_string(&theme)
        .map_err(|error| format!("{} cannot be read ({error}).", sources.name(&theme)))?;
    let (frozen, thawed) =
        (read(sources, &format!("{number}-frozen"))?, read(sources, &format!("{number}-thawed"))?);
    Ok(poster::poster(&frozen, &thawed, &css))
}

/// The figure of two runs. No line of it is blank, since Markdown would end the HTML there.
pub fn draw(frozen: &Trace, thawed: &Trace) -> String {
    let length = frozen.length_us.max(thawed.length_us).max(1);
    let (frozen, thawed) = (Reading::new(frozen), Reading::new(thawed));
    format!(
        "<figure class=\"thaw-timeline\">\n{}{}{}<figcaption>Recorded on {}. Both pictures have the same time scale.</figcaption>\n</figure>\n",
        run("Starter", &frozen, length),
        run("Solution", &thawed, length),
        legend::legend(&[&frozen, &thawed]),
        escape(&frozen.trace.measured_on),
    )
}

/// One run: a heading, its picture, and the same in words.
fn run(which: &str, reading: &Reading<'_>, length: u64) -> String {
    let state = words::state(reading);
    let command = escape(&command(reading.trace));
    let sentences: String =
        words::sentences(reading).iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    format!(
        "<div class=\"tl-run\">\n<p class=\"tl-head\"><strong>{which}: {state}</strong> <code>{command}</code></p>\n{}\
         <details><summary>The {} in words</summary><ul>{sentences}</ul></details>\n</div>\n",
        svg::picture(which, reading, length),
        which.to_lowercase(),
    )
}

fn command(trace: &Trace) -> String {
    let mut words = vec![trace.program.as_str()];
    words.extend(trace.args.iter().map(String::as_str));
    words.join(" ")
}

fn read(sources: &Sources, name: &str) -> Result<Trace, String> {
    let path = sources.book().join("traces").join(format!("{name}.json"));
    let file = sources.name(&path);
    let text = fs::read_to_string(&path).map_err(|error| format!("{file} cannot be read ({error})."))?;
    let trace: Trace =
        serde_json::from_str(&text).map_err(|error| format!("{file} is no trace ({error})."))?;
    check(&trace).map_err(|what| format!("{file} is no trace that can be drawn: {what}."))?;
    Ok(trace)
}

/// What the drawing takes for granted.
fn check(trace: &Trace) -> Result<(), String> {
    let lanes = trace.lanes.len();
    if trace.thaw_trace != VERSION {
        return Err(format!("its version is {}, not {VERSION}", trace.thaw_trace));
    }
    if trace.spans.iter().any(|span| span.lane >= lanes || span.from_us > span.to_us) {
        return Err("a span has no lane, or ends before it begins".to_owned());
    }
    if trace.marks.iter().any(|mark| mark.lane >= lanes) {
        return Err("a mark has no lane".to_owned());
    }
    Ok(())
}
