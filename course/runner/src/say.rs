//! The one way in which the tool prints: whoever listens may leave, a disk may be full, and no command panics.
//!
//! A listener who left is no trouble: a command goes on to its end, or ends if it would print forever, and its status
//! is its own. What cannot be written for another reason is said once, on stderr, and the status is 1.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::language::{said, word};

/// All that was printed has arrived.
const HEARD: u8 = 0;

/// Nobody reads what is printed any more.
const LEFT: u8 = 1;

/// What was printed could not be written.
const LOST: u8 = 2;

/// What became of the output; a process has one stdout.
static FATE: AtomicU8 = AtomicU8::new(HEARD);

/// Prints a line on stdout.
macro_rules! say {
    ($($words:tt)*) => { $crate::say::text(format_args!("{}\n", format_args!($($words)*))) };
}

/// Prints a line on stderr, where a failure has no other place to be said.
macro_rules! aside {
    ($($words:tt)*) => { $crate::say::beside(format_args!("{}\n", format_args!($($words)*))) };
}

pub(crate) use {aside, say};

/// Prints on stdout, at once.
pub fn text(text: impl Display) {
    if is_heard() {
        let mut stdout = io::stdout().lock();
        note(write!(stdout, "{text}").and_then(|()| stdout.flush()));
    }
}

/// Prints on stderr.
pub fn beside(text: impl Display) {
    let _ = write!(io::stderr().lock(), "{text}");
}

/// Remembers what became of something that was printed.
pub fn note(written: io::Result<()>) {
    let Err(error) = written else { return };
    let fate = if error.kind() == ErrorKind::BrokenPipe { LEFT } else { LOST };
    let is_news = FATE.compare_exchange(HEARD, fate, Ordering::SeqCst, Ordering::SeqCst).is_ok();
    if is_news && fate == LOST {
        let again = said!(
            "what is printed cannot be written: {error}. Try the command again without `>`",
            error = error
        );
        aside!("{again}");
    }
}

/// Whether it is of use to print any more.
pub fn is_heard() -> bool {
    FATE.load(Ordering::SeqCst) == HEARD
}

/// The status of a command, unless its output was lost.
pub fn status(own: ExitCode) -> ExitCode {
    if FATE.load(Ordering::SeqCst) == LOST { ExitCode::FAILURE } else { own }
}

/// Says an error on stderr: one sentence with its causes; the command to type next stays at the end.
pub fn trouble(error: &anyhow::Error) {
    let outer = error.to_string();
    let next = outer.rfind(&word(". Try `"));
    let (head, next) = outer.split_at(next.unwrap_or(outer.len()));
    let causes: String = error.chain().skip(1).map(|cause| format!(": {cause}")).collect();
    aside!("{head}{causes}{next}");
}
