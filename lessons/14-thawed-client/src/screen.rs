//! The screen: whoever has something to show says it here, and nowhere else.

use tokio::sync::mpsc;

use practice::trace;

/// A way to show things; clones show on the same screen.
#[derive(Clone)]
pub struct Screen {
    /// Lines on their way to whoever owns the terminal.
    lines: mpsc::Sender<String>,
}

impl Screen {
    /// A screen whose lines go to `lines`.
    pub fn new(lines: mpsc::Sender<String>) -> Screen {
        Screen { lines }
    }

    /// Shows a text; awaits while many wait to be shown, and never blocks the thread.
    pub async fn say(&self, text: &str) {
        trace::shown(text);
        // A terminal that is gone shows nothing more; its end is told as the end of input.
        let _ = self.lines.send(text.to_owned()).await;
    }

    /// As [`Screen::say`], for last words: where too many wait already, they are lost.
    pub fn say_at_once(&self, text: &str) {
        trace::shown(text);
        let _ = self.lines.try_send(text.to_owned());
    }
}
