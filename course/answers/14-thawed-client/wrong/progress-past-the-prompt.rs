//! WRONG: progress is a line in a terminal too, and the prompt never tells.
//! rejected-by: prompt_shows_progress
//! sentence: progress is not shown in the prompt
//! instead-of: screen.rs

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
        let _ = self.lines.send(harmless(text)).await;
    }

    /// As [`Screen::say`], for last words: where too many wait already, they are lost.
    pub fn say_at_once(&self, text: &str) {
        trace::shown(text);
        let _ = self.lines.try_send(harmless(text));
    }

    /// Shows how far all commands are in the prompt; where there is none, how far this one is in a line.
    pub async fn progress(&self, one: &str, all: &str) {
        match &self.prompt {
            Some(_) => self.say(&format!(".. {all}")).await,
            None if one.is_empty() => {}
            None => self.say(&format!(".. {one}")).await,
        }
    }
}

/// A text that cannot move the cursor, or clear what others have said.
fn harmless(text: &str) -> String {
    let is_command = |c: char| c.is_control() && c != '\n' && c != '\t';
    text.chars().map(|c| if is_command(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
