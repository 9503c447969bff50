//! How far a long work is: one line at the bottom of a terminal, or told to whoever asked; and nothing elsewhere.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use book::{Words, said};
use indicatif::{ProgressBar, ProgressStyle};

use crate::language;

/// How often the line is drawn anew, so that the time goes on while nothing else does.
const TICK: Duration = Duration::from_millis(250);

/// The line that is drawn now.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints something above the line that another thread has drawn, if there is one.
pub fn above(print: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match shown {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// A line that says what is done, how far it is, and for how long; it is taken away when this is dropped.
#[derive(Debug)]
pub struct Meter {
    /// Where the line stands.
    line: Line,
    /// What is done.
    what: String,
    /// In which language the rest is said.
    words: Words,
}

/// Where it is said how far a work is.
#[derive(Clone)]
enum Line {
    /// On stderr, if that is a terminal.
    Drawn(ProgressBar),
    /// To whoever asked.
    Told(Arc<dyn Fn(String) + Send + Sync>),
}

impl Line {
    fn say(&self, text: String) {
        match self {
            Self::Drawn(bar) => bar.set_message(text),
            Self::Told(tell) => tell(text),
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if let Self::Drawn(_) = self { "Drawn" } else { "Told" })
    }
}

impl Meter {
    /// Begins a work that takes a while, for an author.
    pub fn start(what: impl Into<String>) -> Self {
        Self::draw(what.into(), Words::ENGLISH)
    }

    /// The same for a reader, in the language of this run.
    pub fn for_reader(what: &dyn Fn(Words) -> String) -> Self {
        Self::draw(what(language::words()), language::words())
    }

    fn draw(what: String, words: Words) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(what.clone());
        bar.enable_steady_tick(TICK);
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        Self { line: Line::Drawn(bar), what, words }
    }

    /// Begins a work, and tells `tell` how far it is, each time that this changes.
    pub fn telling(what: impl Into<String>, tell: impl Fn(String) + Send + Sync + 'static) -> Self {
        let (line, what) = (Line::Told(Arc::new(tell)), what.into());
        line.say(what.clone());
        Self { line, what, words: Words::ENGLISH }
    }

    /// Whether anybody sees it.
    pub fn is_shown(&self) -> bool {
        !matches!(&self.line, Line::Drawn(bar) if bar.is_hidden())
    }

    /// Says how far it is.
    pub fn set(&self, done: usize, of: usize, now: &str) {
        let now = if now.is_empty() { String::new() } else { format!(", {now}") };
        let share = said!(self.words, "{good} of {all}", good = done, all = of);
        self.line.say(format!("{}: {share}{now}", self.what));
    }

    /// Prints something above the line.
    pub fn print(&self, print: impl FnOnce()) {
        match &self.line {
            Line::Drawn(bar) => bar.suspend(print),
            Line::Told(_) => print(),
        }
    }

    /// Takes the lines that cargo draws while it builds, and says what they say.
    pub fn of_cargo(&self) -> impl Fn(&str) + Send + 'static {
        let (meter, what, words) = (self.line.clone(), self.what.clone(), self.words);
        move |line| {
            if let Some((done, of, now)) = building(line) {
                let built =
                    said!(words, "{done} of {all} parts built, now {now}", done = done, all = of, now = now);
                meter.say(format!("{what}: {built}"));
            } else if ["Blocking", "Downloading", "Downloaded", "Updating"]
                .iter()
                .any(|word| line.trim_start().starts_with(word))
            {
                meter.say(format!("{what}: {}", line.trim()));
            }
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Line::Drawn(bar) = &self.line {
            bar.finish_and_clear();
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// Reads `Building [===>   ] 34/87: tokio, syn`.
fn building(line: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = line.split_once("Building")?.1.split_once(']')?;
    let (count, now) = rest.split_once(':').unwrap_or((rest, ""));
    let (done, of) = count.trim().split_once('/')?;
    Some((done, of, now.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cargo draws for a terminal is read; what it prints besides is none of it.
    #[test]
    fn cargo_is_understood() {
        let line = "\x1b[K    Building [====>      ] 34/87: tokio, syn(build)";
        assert_eq!(building(line), Some(("34", "87", "tokio, syn(build)")));
        assert_eq!(building("   Compiling tokio v1.54.1"), None);
    }
}
