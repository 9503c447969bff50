//! A complaint: what went wrong while the visit goes on, said at once, and kept for the exit status.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// Whether anything was complained of in this process.
static HEARD: AtomicBool = AtomicBool::new(false);

/// Says on stderr what went wrong; the visit goes on, and its exit status will not be 0.
pub fn complain(error: &io::Error) {
    HEARD.store(true, Relaxed);
    // In one piece: stderr has no buffer, and another process may write to the same terminal.
    // Where stderr fails too, the status is all that is left to tell it.
    let _ = io::stderr().write_all(format!("error: {error}\n").as_bytes());
}

/// Whether anything was complained of until now.
pub(crate) fn has_complained() -> bool {
    HEARD.load(Relaxed)
}
