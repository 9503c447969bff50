//! The editor: one thread waits for keys, and another one for what is to be shown above them.
//!
//! ```text
//!   event loop                  thread "terminal"
//!   Terminal::typed ◀── keys ── Reader ◀── keyboard
//!
//!   Screen::say ─── lines ────▶ Printer
//!                               thread "screen"
//! ```

use std::{io, thread};

use practice::{complain, trace};
use rustyline::{ExternalPrinter, error::ReadlineError};
use tokio::sync::mpsc;

use crate::{
    console::{self, Printer, Reader},
    terminal::{Owner, Typed},
};

/// How many lines are drawn at once.
const BATCH: usize = 64;

/// Takes the terminal over, on two threads.
///
/// # Errors
/// When the terminal has no editor, or a thread does not start.
pub fn open(owner: Owner) -> io::Result<()> {
    let Owner { keys, lines, closed } = owner;
    let (reader, printer) = console::open()?;
    let failed = keys.clone();
    let screen = move || {
        if let Err(error) = draw(printer, lines) {
            let _ = failed.blocking_send(broken(&error));
        }
        drop(closed);
    };
    thread::Builder::new().name("screen".into()).spawn(screen)?;
    thread::Builder::new().name("terminal".into()).spawn(move || edit(reader, &keys))?;
    Ok(())
}

// ANCHOR: edit
/// Reads line after line, for the life of the program.
fn edit(mut reader: Reader, keys: &mpsc::Sender<Typed>) {
    loop {
        let typed = match reader.read() {
            Ok(text) => text.split('\n').map(line).collect(),
            Err(ReadlineError::Interrupted) => vec![Typed::Interrupt],
            Err(ReadlineError::Eof) => vec![Typed::Leave],
            Err(error) => {
                let _ = keys.blocking_send(broken(&error));
                return;
            }
        };
        // There is a place for each: this never waits.
        for one in typed {
            let _ = keys.blocking_send(one);
        }
    }
}

/// Shows line after line, until nobody has anything more to show.
fn draw(
    mut printer: Printer<impl ExternalPrinter + Send + 'static>,
    mut lines: mpsc::Receiver<String>,
) -> Result<(), ReadlineError> {
    let mut batch = Vec::new();
    while lines.blocking_recv_many(&mut batch, BATCH) > 0 {
        batch.push(String::new());
        printer.show(batch.join("\n"))?;
        batch.clear();
    }
    printer.close()
}
// ANCHOR_END: edit

fn line(text: &str) -> Typed {
    trace::typed(text);
    Typed::Line(text.to_owned())
}

/// A terminal that fails ends the visit, and not with success.
fn broken(error: &ReadlineError) -> Typed {
    complain(&io::Error::other(format!("the terminal: {error}")));
    Typed::End
}
