//! The picture of a lesson: the run of its starter above the run of its solution, on one time scale.
//!
//! Both are real runs, recorded under `book/traces`. The words below the picture are computed from them too.

mod bars;
mod legend;
mod marks;
mod pings;
mod player;
mod poster;
mod reading;
mod scale;
mod svg;
mod told;
mod unread;
mod words;

use std::fs;

use practice::trace::format::{Trace, VERSION};

pub use pings::Answer;
pub use reading::{FREEZE_US, Freeze, Part, Reading, TAIL_US};
pub(crate) use words::place;

use crate::diff::escape;
use crate::said;
use crate::screens::Screens;
use crate::sources::Sources;
use crate::translation::Words;

/// The figure of one lesson as HTML, in a player where the screens of both runs were kept, or a sentence on what is missing.
pub fn figure(sources: &Sources, number: &str) -> Result<String, String> {
    played(sources, number, "", true)
}

/// As [`figure`], for the title page: it moves by itself, and the pictures stand without their words.
pub fn moving(sources: &Sources, number: &str) -> Result<String, String> {
    played(sources, number, " moving", false)
}

fn played(sources: &Sources, number: &str, kind: &str, told: bool) -> Result<String, String> {
    let names = ["frozen", "thawed"].map(|side| format!("{number}-{side}"));
    let (frozen, thawed) = (read(sources, &names[0])?, read(sources, &names[1])?);
    let words = sources.words();
    let (frozen, thawed) = (Reading::told_in(&frozen, words), Reading::told_in(&thawed, words));
    let figure = pictures(&frozen, &thawed, told);
    let (Some(before), Some(after)) = (screens(sources, &names[0])?, screens(sources, &names[1])?) else {
        return Ok(figure);
    };
    Ok(player::around(&figure, (&frozen, &before), (&thawed, &after), kind))
}

/// The picture of one lesson as an SVG file that stands alone, or a sentence on what is missing.
pub fn poster(sources: &Sources, number: &str) -> Result<String, String> {
    let theme = sources.book().join("theme/thaw.css");
    let css = fs::read_to_string(&theme)
        .map_err(|error| format!("{} cannot be read ({error}).", sources.name(&theme)))?;
    let (frozen, thawed) =
        (read(sources, &format!("{number}-frozen"))?, read(sources, &format!("{number}-thawed"))?);
    Ok(poster::poster(&frozen, &thawed, sources.words(), &css))
}

/// The figure of one run that a reader has just made, from the text of its trace, or a sentence on what is wrong with it.
pub fn own(trace: &str, words: Words) -> Result<String, String> {
    let trace: Trace = serde_json::from_str(trace).map_err(|error| format!("this is no trace ({error})."))?;
    check(&trace).map_err(|what| format!("this is no trace that can be drawn: {what}."))?;
    let reading = Reading::told_in(&trace, words);
    let which = Which { named: words.word("Run"), in_words: words.word("The run in words") };
    let (picture, legend) =
        (run(&which, &reading, trace.length_us.max(1), true), legend::legend(&[&reading]));
    Ok(format!("<figure class=\"thaw-timeline\">\n{picture}{legend}</figure>\n"))
}

/// The figure of two runs. No line of it is blank, since Markdown would end the HTML there.
pub fn draw(frozen: &Trace, thawed: &Trace) -> String {
    pictures(&Reading::new(frozen), &Reading::new(thawed), true)
}

/// Both pictures; `told` adds what the shapes mean, and the same in words.
fn pictures(frozen: &Reading<'_>, thawed: &Reading<'_>, told: bool) -> String {
    let length = frozen.trace.length_us.max(thawed.trace.length_us).max(1);
    let words = frozen.words;
    let legend = if told { legend::legend(&[frozen, thawed]) } else { String::new() };
    let place = place(words, &frozen.trace.measured_on);
    let caption = said!(words, "Recorded on {place}. Both pictures have the same time scale.", place = place);
    let starter = Which { named: words.word("Starter"), in_words: words.word("The starter in words") };
    let solution = Which { named: words.word("Solution"), in_words: words.word("The solution in words") };
    format!(
        "<figure class=\"thaw-timeline\">\n{}{}{legend}<figcaption>{}</figcaption>\n</figure>\n",
        run(&starter, frozen, length, told),
        run(&solution, thawed, length, told),
        escape(&caption),
    )
}

/// Which of the runs a picture shows.
struct Which {
    /// What it is called.
    named: String,
    /// What unfolds the same in words.
    in_words: String,
}

/// One run: a heading, its picture, and the same in words.
fn run(which: &Which, reading: &Reading<'_>, length: u64, told: bool) -> String {
    let (named, state) = (&which.named, words::state(reading));
    let command = escape(&command(reading.trace));
    let picture = svg::picture(named, reading, length);
    let words = if told { in_words(which, reading) } else { String::new() };
    format!(
        "<div class=\"tl-run\">\n<p class=\"tl-head\"><strong>{named}: {state}</strong> <code>{command}</code></p>\n{picture}{words}</div>\n"
    )
}

fn in_words(which: &Which, reading: &Reading<'_>) -> String {
    let sentences: String =
        words::sentences(reading).iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    format!("<details><summary>{}</summary><ul>{sentences}</ul></details>\n", which.in_words)
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

/// The screens of a run; those of a run that was recorded without them are none.
fn screens(sources: &Sources, name: &str) -> Result<Option<Screens>, String> {
    let path = sources.book().join("screens").join(format!("{name}.json"));
    let file = sources.name(&path);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{file} cannot be read ({error})."))?;
    Screens::from_json(&text).map(Some).map_err(|error| format!("{file} holds no screens ({error})."))
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
