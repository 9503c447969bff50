//! The screen: whoever has something to show says it here, and nowhere else.

use tokio::sync::{mpsc, watch};

use practice::trace;

/// A way to show things; clones show on the same screen.
#[derive(Clone)]
pub struct Screen {
    /// Lines on their way to the thread that owns the terminal.
    lines: mpsc::Sender<String>,
    /// What stands in the prompt, where an editor draws one.
    prompt: Option<watch::Sender<String>>,
}

impl Screen {
    /// A screen whose lines go to `lines`, and its progress into `prompt`, if there is one.
    pub fn new(lines: mpsc::Sender<String>, prompt: Option<watch::Sender<String>>) -> Screen {
        Screen { lines, prompt }
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

    /// Shows how far all commands are in the prompt; where there is none, how far this one is in a line.
    pub async fn progress(&self, one: &str, all: &str) {
        match &self.prompt {
            Some(prompt) => drop(prompt.send_replace(all.to_owned())),
            None if one.is_empty() => {}
            None => self.say(&format!(".. {one}")).await,
        }
    }
}
