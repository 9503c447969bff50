//! The prompt: one thread reads lines behind it, and another one prints whatever there is to show, wherever the cursor is.

use std::{io, thread};

use practice::{complain, print, println, read_line};
use tokio::sync::mpsc;

use crate::terminal::{Owner, Typed};

/// Reads and prints, on two threads that know nothing of each other.
///
/// # Errors
/// When a thread does not start.
pub fn open(owner: Owner) -> io::Result<()> {
    let Owner { keys, lines, closed } = owner;
    let screen = move || {
        show(lines);
        drop(closed);
    };
    thread::Builder::new().name("screen".into()).spawn(screen)?;
    thread::Builder::new().name("reading thread".into()).spawn(move || read(&keys))?;
    Ok(())
}

/// Prints a prompt and reads a line, again and again.
fn read(keys: &mpsc::Sender<Typed>) {
    loop {
        print!("> ");
        let typed = match read_line().inspect_err(complain) {
            Ok(Some(line)) => Typed::Line(line),
            Ok(None) => Typed::Leave,
            Err(_) => Typed::End,
        };
        let is_end = !matches!(typed, Typed::Line(_));
        if keys.blocking_send(typed).is_err() || is_end {
            return;
        }
    }
}

/// Prints at once what there is to show, into a line that is half typed too.
fn show(mut lines: mpsc::Receiver<String>) {
    while let Some(line) = lines.blocking_recv() {
        println!("{line}");
    }
}
