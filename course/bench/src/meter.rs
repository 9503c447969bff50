//! How far a benchmark is: one line on a terminal, and nothing elsewhere.

use std::{thread, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What a terminal needs to draw a line: it must have done so before the next sample.
const SETTLE: Duration = Duration::from_millis(10);

/// A line that is drawn anew in its place, and taken away when this is dropped.
///
/// No thread does so at times of its own: nothing is drawn but by [`Meter::say`], between two samples.
pub struct Meter {
    /// Draws on stderr if that is a terminal.
    bar: ProgressBar,
}

impl Meter {
    /// Draws nothing yet.
    pub fn start() -> Meter {
        // As often as it is told to: a line that is left out would be the one that stands for long.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(u8::MAX));
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        Meter { bar }
    }

    /// Says what comes next.
    pub fn say(&self, what: String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(what);
            thread::sleep(SETTLE);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
