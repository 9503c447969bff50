//! Plain lines, where there is no terminal to draw on: one thread reads, another one prints.

use std::{io, thread};

use practice::{complain, is_mute, println, read_line};
use tokio::sync::mpsc;

use crate::terminal::{Owner, Typed};

/// Reads and prints lines, on two threads: whoever waits for a key must not keep lines from being shown.
///
/// # Errors
/// When a thread does not start.
pub fn open(owner: Owner) -> io::Result<()> {
    let keys = owner.keys.clone();
    thread::Builder::new().name("reading thread".into()).spawn(move || read(&keys))?;
    thread::Builder::new().name("screen".into()).spawn(move || print(owner))?;
    Ok(())
}

/// Reads to the end of input. It is the one reader: another one would take lines from it.
fn read(keys: &mpsc::Sender<Typed>) {
    while let Some(line) = read_line().transpose() {
        let Ok(line) = line.inspect_err(complain) else { break };
        if keys.blocking_send(Typed::Line(line)).is_err() {
            return;
        }
    }
    let _ = keys.blocking_send(Typed::End);
}

fn print(mut owner: Owner) {
    while let Some(line) = owner.lines.blocking_recv() {
        println!("{line}");
        if is_mute() {
            // Whoever read this client is gone, as with `| head`.
            let _ = owner.keys.blocking_send(Typed::End);
            return;
        }
    }
}
