//! The prompt: one thread reads lines behind it, and another one prints whatever there is to show, wherever the cursor is.

use std::{io, thread};

use practice::{complain, print, println, read_line};
use tokio::sync::{mpsc, watch};

use crate::terminal::{Owner, Typed};

/// Reads and prints, on two threads that know nothing of each other.
///
/// # Errors
/// When a thread does not start.
pub fn open(owner: Owner) -> io::Result<()> {
    let (keys, progress) = (owner.keys.clone(), owner.progress.clone());
    thread::Builder::new().name("reading thread".into()).spawn(move || read(&keys, &progress))?;
    thread::Builder::new().name("screen".into()).spawn(move || print(owner))?;
    Ok(())
}

/// Prints a prompt and reads a line, again and again.
fn read(keys: &mpsc::Sender<Typed>, progress: &watch::Receiver<String>) {
    loop {
        print!("{}", prompt(&progress.borrow()));
        let Ok(Some(line)) = read_line().inspect_err(complain) else { break };
        if keys.blocking_send(Typed::Line(line)).is_err() {
            return;
        }
    }
    let _ = keys.blocking_send(Typed::Leave);
}

/// Prints at once what there is to show, into a line that is half typed too.
fn print(mut owner: Owner) {
    while let Some(line) = owner.lines.blocking_recv() {
        println!("{line}");
    }
}

fn prompt(progress: &str) -> String {
    if progress.is_empty() { "> ".to_owned() } else { format!("[{progress}] > ") }
}
