//! `println!` and `print!` for clients: a stdout that is closed or full ends no event loop.
//!
//! Those of the standard library panic then, and the client's farewell to the room is lost.

use std::{
    fmt,
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use crate::complaint::complain;

/// Set by the first text that stdout did not take.
static IS_MUTE: AtomicBool = AtomicBool::new(false);

/// As the standard library's, but a stdout that fails is no panic: the exit status of the visit tells of it.
#[macro_export]
macro_rules! println {
    () => { $crate::print_now(format_args!("\n")) };
    ($($text:tt)*) => { $crate::print_now(format_args!("{}\n", format_args!($($text)*))) };
}

/// As the standard library's, but the text is there at once, as a prompt must be, and a stdout that fails is no panic.
#[macro_export]
macro_rules! print {
    ($($text:tt)*) => { $crate::print_now(format_args!($($text)*)) };
}

/// What [`println!`](crate::println) and [`print!`](crate::print) do.
#[doc(hidden)]
pub fn print_now(text: fmt::Arguments<'_>) {
    if is_mute() {
        return;
    }
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_fmt(text).and_then(|()| stdout.flush());
    drop(stdout);
    if let Err(error) = printed {
        fall_silent(&error);
    }
}

/// Whether stdout has failed, so that nothing more is shown.
pub fn is_mute() -> bool {
    IS_MUTE.load(Relaxed)
}

/// Says it once, whichever thread comes first.
fn fall_silent(error: &io::Error) {
    if !IS_MUTE.swap(true, Relaxed) {
        let text = format!("stdout fails ({error}), so nothing more is shown; leave with Ctrl-C");
        complain(&io::Error::new(error.kind(), text));
    }
}
