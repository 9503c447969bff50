//! The harness: drives a lesson's program as a reader would, and turns a hang into a sentence.
//!
//! ```text
//!   check ──say──▶ ScriptedRoom ◀──WebSocket──▶ the client under test
//!     │                                           ▲        │
//!     └──type──▶ Client (a terminal or pipes) ────┘ stdin  ▼ screen
//! ```
//!
//! A check decides what the room sends and when, types, and waits for a cause: a text on the screen, a pong, an exit.
//! Whatever waits is bounded by [`patience`] or by a limit of its own; what does not come is a [`Missed`],
//! which [`Explain::or_explain`] turns into the message that a reader sees:
//!
//! ```should_panic
//! use std::time::Duration;
//! use checks::{Explain, within};
//!
//! let answer = within(Duration::from_millis(50), "the job answers", || loop { std::thread::park() });
//! answer.or_explain("the job waits for itself", "07-pool-limits.md#the-idea")
//! // expected: the job answers, within 50 ms
//! // instead:  it had not ended after 50 ms
//! // likely:   the job waits for itself
//! // read:     07-pool-limits.md#the-idea
//! ```

mod awkward;
mod client;
mod door;
mod event_loop;
#[cfg(unix)]
mod gate;
mod kill;
mod last_words;
mod machine;
mod missed;
mod nats;
mod no_text;
mod passed_over;
mod probe;
mod program;
mod python;
mod room;
mod screen;
mod shell;
mod signals;
mod stuck;
mod terminal;
mod transcript;
mod watch;

pub use awkward::awkward_line;
pub use client::{Client, Ended, Host};
pub use door::Door;
pub use event_loop::on_a_loop;
#[cfg(unix)]
pub use gate::{Gate, Held};
pub use kill::kill;
pub use machine::Machine;
pub use missed::{Explain, Missed, check, patience, span, until, within};
pub use nats::NatsServer;
pub use no_text::no_text_ends_the_visit;
pub use passed_over::{PASSED_OVER, pass_over};
pub use probe::{
    cpu_time, descendants, is_left, is_running, program_name, sleeps, this_thread, thread_names, threads,
};
pub use program::Program;
pub use room::ScriptedRoom;
pub use shell::shell_word;
pub use signals::{ignored_signals, let_children_hear};
pub use stuck::StuckRoom;
pub use transcript::{Figures, hold_transcript};
