//! The editor: one thread reads keys, and draws above its line what another one hands it.
//!
//! ```text
//!   event loop                  thread "terminal"
//!   Terminal::typed ◀── keys ── readline ◀── keyboard
//!                                  ▲
//!   Screen::say ── lines ─▶ thread "screen"
//! ```

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use practice::{complain, trace};
use rustyline::{DefaultEditor, ExternalPrinter, Prompt, error::ReadlineError};
use tokio::sync::mpsc;

use crate::terminal::{Owner, Typed};

/// How many lines are drawn at once.
const BATCH: usize = 64;

/// A row up and down again: nothing that shows.
const NOTHING: &str = "\x1b[A\n";

/// Takes the terminal over, on two threads.
///
/// # Errors
/// When the terminal has no editor, or a thread does not start.
pub fn open(owner: Owner) -> io::Result<()> {
    let mut editor = DefaultEditor::new().map_err(io::Error::other)?;
    let printer = editor.create_external_printer().map_err(io::Error::other)?;
    let (prompt, failed) = (Mark::default(), owner.keys.clone());
    let (is_over, keys) = (prompt.is_over.clone(), owner.keys);
    let screen = move || {
        if let Err(error) = draw(printer, owner.lines, &is_over) {
            complain(&io::Error::other(format!("the terminal: {error}")));
            let _ = failed.blocking_send(Typed::End);
        }
        drop(owner.closed);
    };
    thread::Builder::new().name("screen".into()).spawn(screen)?;
    thread::Builder::new().name("terminal".into()).spawn(move || edit(editor, &prompt, &keys))?;
    Ok(())
}

// ANCHOR: edit
/// Reads line after line, for the life of the program.
fn edit(mut editor: DefaultEditor, prompt: &Mark, keys: &mpsc::Sender<Typed>) {
    loop {
        let typed = match editor.readline(prompt) {
            Ok(text) => {
                // A line that cannot be brought back is sent all the same.
                let _ = editor.add_history_entry(&text);
                // What is pasted may be several.
                text.split('\n').map(line).collect()
            }
            Err(ReadlineError::Interrupted) => vec![Typed::Interrupt],
            Err(ReadlineError::Eof) => vec![Typed::Leave],
            Err(error) => {
                complain(&io::Error::other(format!("the terminal: {error}")));
                let _ = keys.blocking_send(Typed::End);
                return;
            }
        };
        // There is a place for each: who waits here draws nothing that the printer holds.
        for one in typed {
            let _ = keys.blocking_send(one);
        }
    }
}

/// Hands the editor what is to be shown: it takes its line away, and draws it again below.
fn draw(
    mut printer: impl ExternalPrinter,
    mut lines: mpsc::Receiver<String>,
    is_over: &AtomicBool,
) -> Result<(), ReadlineError> {
    let mut batch = Vec::new();
    while lines.blocking_recv_many(&mut batch, BATCH) > 0 {
        batch.push(String::new());
        printer.print(batch.join("\n"))?;
        // It holds one text, which the next one overtakes when Enter comes between: wait until it is taken.
        printer.print(NOTHING.into())?;
        batch.clear();
    }
    is_over.store(true, Relaxed);
    // The second of these is taken when the first one is drawn, and the third when no prompt stands there any more.
    (0..3).try_for_each(|_| printer.print(NOTHING.into()))
}
// ANCHOR_END: edit

/// What stands before the line.
#[derive(Default)]
struct Mark {
    /// Set when the last text is on its way: then nothing stands there.
    is_over: Arc<AtomicBool>,
}

impl Prompt for Mark {
    fn raw(&self) -> &str {
        if self.is_over.load(Relaxed) { "" } else { "> " }
    }
}

fn line(text: &str) -> Typed {
    trace::typed(text);
    Typed::Line(text.to_owned())
}
