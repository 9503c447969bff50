//! What the terminal of a recorded run showed, moment by moment, and which keys ended something.
//!
//! `cargo course record` writes it beside the trace, on the clock of the trace; the player shows it.
//! A line is one row of the terminal, however wide; nothing scrolls away.

use anyhow::Context;
use practice::trace::format::{MarkKind, Trace};
use serde::{Deserialize, Serialize};

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The screens of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screens {
    /// Says which fields to expect.
    thaw_screens: u32,
    /// The keys that ended something, in the order of time.
    pub keys: Vec<Press>,
    /// The screen after each arrival of output, in the order of time.
    pub frames: Vec<Frame>,
}

/// A key that was pressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// When, in microseconds.
    pub at_us: u64,
    /// Which.
    pub key: Key,
}

/// The keys that end something; what letters do is seen on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// Ends a line.
    Enter,
    /// Ends the input.
    CtrlD,
    /// Asks the program to end, or to give up what it does.
    CtrlC,
}

/// What a screen became, told by what changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// When, in microseconds.
    pub at_us: u64,
    /// How many lines from the top stay as they are.
    pub keep: usize,
    /// The lines below those; no line of before remains there.
    pub lines: Vec<String>,
    /// The row and the column of the cursor, counted from 0.
    pub cursor: (u16, u16),
}

impl Screens {
    /// The screens of a run, on whatever clock.
    pub fn new(keys: Vec<Press>, frames: Vec<Frame>) -> Self {
        Self { thaw_screens: VERSION, keys, frames }
    }

    /// Reads what [`Screens::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is something else, or a frame keeps more lines than there are.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        let screens: Screens = serde_json::from_str(text)?;
        anyhow::ensure!(
            screens.thaw_screens == VERSION,
            "its version is {}, not {VERSION}",
            screens.thaw_screens
        );
        let mut lines = 0;
        for frame in &screens.frames {
            anyhow::ensure!(frame.keep <= lines, "a frame keeps more lines than there are");
            lines = frame.keep + frame.lines.len();
        }
        Ok(screens)
    }

    /// The file.
    ///
    /// # Errors
    /// None that can be met: all of it can stand in JSON.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self).context("screens are not JSON")? + "\n")
    }

    /// The same on the clock of a trace, which started when the program had: what the trace says was shown, and when,
    /// is looked for on the screens. A program that shows no message has the clock of its terminal, some milliseconds off.
    ///
    /// # Errors
    /// When the text is no trace.
    pub fn on_the_clock_of(mut self, trace: &str) -> anyhow::Result<Self> {
        let trace: Trace = serde_json::from_str(trace)?;
        let shown = trace.marks.iter().filter(|mark| mark.kind == MarkKind::Shown && !mark.text.is_empty());
        let mut late: Vec<u64> =
            shown.filter_map(|mark| self.appears(&mark.text)?.checked_sub(mark.at_us)).collect();
        late.sort_unstable();
        let late = late.get(late.len() / 2).copied().unwrap_or(0);
        let moved = |at_us: u64| at_us.saturating_sub(late).min(trace.length_us);
        self.frames.iter_mut().for_each(|frame| frame.at_us = moved(frame.at_us));
        self.keys.iter_mut().for_each(|press| press.at_us = moved(press.at_us));
        Ok(self)
    }

    /// When a text is on the screen for the first time.
    fn appears(&self, text: &str) -> Option<u64> {
        let has = |frame: &&Frame| frame.lines.iter().any(|line| line.contains(text));
        self.frames.iter().find(has).map(|frame| frame.at_us)
    }

    /// The lines at the end.
    pub fn last(&self) -> Vec<&str> {
        let mut lines: Vec<&str> = Vec::new();
        for frame in &self.frames {
            lines.truncate(frame.keep);
            lines.extend(frame.lines.iter().map(String::as_str));
        }
        lines
    }
}
