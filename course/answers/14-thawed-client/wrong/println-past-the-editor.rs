//! WRONG: messages are printed, whatever the editor has drawn there.
//! rejected-by: half_typed_line_survives_a_flood
//! sentence: something is printed past the editor, into the line that is typed
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
        println!("{}", harmless(text));
    }

    /// As [`Screen::say`], for last words: where too many wait already, they are lost.
    pub fn say_at_once(&self, text: &str) {
        trace::shown(text);
        let _ = self.lines.try_send(harmless(text));
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

/// A text that cannot move the cursor, or clear what others have said.
fn harmless(text: &str) -> String {
    let is_command = |c: char| c.is_control() && c != '\n' && c != '\t';
    text.chars().map(|c| if is_command(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
