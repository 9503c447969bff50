//! The whole client, glued together: every part is here, and none is where it belongs.
//!
//! Run it: `cargo run -p lesson-14`, and type slowly while the bots talk. Then try `/primes 3000000`, `/stats`, `/crash`.
//! You will see a line that is torn by messages, a freeze, and a crash that takes the client along.
//!
//! ```text
//!   terminal ──lines──▶ event loop ──lines──▶ the room
//!      ▲                  │    │
//!      │                  │    └─commands─▶ done right there
//!      └──────────────────┴──answers, messages
//! ```

mod conversation;

mod terminal;

mod screen;

mod editor;

#[allow(dead_code, reason = "for task 1")]
mod console;

#[allow(dead_code, reason = "for task 1")]
mod turns;

#[allow(dead_code, reason = "for task 1")]
mod curtain;

mod plain;

mod commands;

mod place;

mod places;

mod progress;

mod connection;

mod outbox;

mod way_back;

mod stats;

use std::{io, process::ExitCode};

use practice::{Visit, trace};
use tokio::runtime::Builder;

pub use parts::process::work;
use terminal::Terminal;

/// Joins the room and talks, until you leave or the room says goodbye.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    // Dropped last: all that was said is shown.
    let (mut terminal, screen) = Terminal::open()?;
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let (why, status) = runtime.block_on(conversation::hold(&visit.url, &mut terminal, &screen))?;
    screen.say_at_once(&format!("ended: {why}"));
    Ok(ExitCode::from(status))
}
