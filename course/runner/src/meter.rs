//! How far a long work is: one line at the bottom of a terminal, and nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the line is drawn anew, so that the time goes on while nothing else does.
const TICK: Duration = Duration::from_millis(250);

/// A line that says what is done, how far it is, and for how long; it is taken away when this is dropped.
#[derive(Debug)]
pub struct Meter {
    /// Draws the line on stderr if that is a terminal.
    bar: ProgressBar,
    /// What is done.
    what: String,
}

impl Meter {
    /// Begins a work that takes a while.
    pub fn start(what: impl Into<String>) -> Self {
        let (bar, what) = (ProgressBar::new_spinner(), what.into());
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(what.clone());
        bar.enable_steady_tick(TICK);
        Self { bar, what }
    }

    /// Whether anybody sees it.
    pub fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Says how far it is.
    pub fn set(&self, done: usize, of: usize, now: &str) {
        let now = if now.is_empty() { String::new() } else { format!(", {now}") };
        self.bar.set_message(format!("{}: {done} of {of}{now}", self.what));
    }

    /// Prints something above the line.
    pub fn print(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the lines that cargo draws while it builds, and says what they say.
    pub fn of_cargo(&self) -> impl Fn(&str) + Send + 'static {
        let (bar, what) = (self.bar.clone(), self.what.clone());
        move |line| {
            if let Some((done, of, now)) = building(line) {
                bar.set_message(format!("{what}: {done} of {of} parts built, now {now}"));
            } else if ["Blocking", "Downloading", "Downloaded", "Updating"]
                .iter()
                .any(|word| line.trim_start().starts_with(word))
            {
                bar.set_message(format!("{what}: {}", line.trim()));
            }
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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
