//! How far the run is: one line on a terminal, and nothing elsewhere.

use std::io::{IsTerminal, stderr};

/// A line that is drawn anew in its place, and taken away when this is dropped.
pub struct Meter;

impl Meter {
    /// Says how far it is. The cursor goes back, so that a panic is not printed behind the line.
    pub fn say(&self, what: &str) {
        if stderr().is_terminal() {
            eprint!("\r\x1b[K{what}\r");
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.say("");
    }
}
