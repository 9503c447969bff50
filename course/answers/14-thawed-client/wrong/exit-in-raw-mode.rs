//! WRONG: the process exits by itself, while the editor has the terminal.
//! rejected-by: every_end_leaves_the_terminal_as_it_was
//! sentence: the process ends before the editor is dropped, so raw mode stays on
//! instead-of: lib.rs

mod conversation;

mod terminal;

mod screen;

mod editor;

mod plain;

mod commands;

mod place;

mod places;

mod progress;

mod connection;

mod outbox;

mod way_back;

mod stats;

mod signals;

mod end;

use std::{io, process::ExitCode};

use practice::{Visit, trace};
use tokio::runtime::{Builder, Runtime};

pub use parts::process::work;
use terminal::Terminal;

/// Joins the room and talks, until you leave or the room says goodbye.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    // Dropped last, after a panic too: all that was said is shown, and the terminal is as it was.
    let mut terminal = Terminal::open()?;
    let runtime =
        Abandoning(trace::event_loop(Builder::new_current_thread().enable_all()).build().map(Some)?);
    let runtime = runtime.0.as_ref().expect("it is taken on drop alone");
    let end = runtime.block_on(conversation::hold(&visit.url, &mut terminal))?;
    terminal.screen().say_at_once(&format!("ended: {end}"));
    std::process::exit(end.status().into())
}

/// A runtime that leaves jobs behind when it is dropped, and does not wait for them; after a panic too.
struct Abandoning(Option<Runtime>);

impl Drop for Abandoning {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
