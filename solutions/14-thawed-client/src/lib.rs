//! The whole client: what waits, computes or crashes does so elsewhere, and the event loop only passes things on.
//!
//! Run it: `cargo run -p solution-14`, and type while the bots talk. Then try `/primes 30000000`, Ctrl-C,
//! `/crash`, `/slow 60` and `/stats`. You will see a prompt that stays whole, and a freeze of a few milliseconds.
//!
//! ```text
//!   terminal ──lines──▶ event loop ──lines──▶ outbox ──▶ the room
//!      ▲                  │    │                            │
//!      │                  │    └─commands─▶ three pools     │
//!      └──────────────────┴──answers, messages, progress────┘
//! ```

mod conversation;

mod terminal;

mod screen;

mod editor;

mod console;

mod turns;

mod curtain;

mod plain;

mod commands;

mod place;

mod places;

mod progress;

mod connection;

mod outbox;

mod way_back;

mod pulse;

mod stats;

mod signals;

mod end;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process::ExitCode,
};

use practice::{Visit, trace};
use tokio::runtime::Builder;

pub use parts::process::work;
use terminal::Terminal;

/// Joins the room and talks, until you leave or the room says goodbye.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    // Dropped last, after a panic too: all that was said is shown, and the terminal is as it was.
    let (mut terminal, screen) = Terminal::open()?;
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let visited = || runtime.block_on(conversation::hold(&visit.url, &mut terminal, &screen));
    let ended = catch_unwind(AssertUnwindSafe(visited));
    // Dropped, it would wait for jobs; and a panic would drop it.
    runtime.shutdown_background();
    let end = ended.unwrap_or_else(|panic| resume_unwind(panic))?;
    screen.say_at_once(&format!("ended: {end}"));
    Ok(ExitCode::from(end.status()))
}
