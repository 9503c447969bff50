//! The practice room: the chat server that every client lesson talks to, and the instruments around it.
//!
//! ```text
//!   your client (lessons/NN)          the room (its own thread and runtime)
//!   ┌───────────────┐   WebSocket   ┌───────────────────────────────────┐
//!   │ event loop    │◀─────────────▶│ a task per guest: relays, pings,  │
//!   │ reading thread│               │ bots that talk once a second      │
//!   └───────────────┘               └───────────────────────────────────┘
//! ```
//!
//! The room has a thread and a runtime of its own, so that it never freezes with the client.
//! [`visit`] is the `main` of every client lesson; [`trace`] records what ran when.

#![warn(missing_docs)]

mod address;
mod ask;
mod command;
mod complaint;
mod connect;
mod event;
mod failure;
mod given;
mod guest;
mod hall;
mod harmless;
mod heartbeat;
mod listen;
mod origin;
mod primes;
mod print;
mod reactor;
mod room;
mod rules;
mod scan;
mod stdin;
mod talk;
pub mod trace;
mod visit;
mod work;

pub use ask::Asker;
pub use command::{is_command, run_command};
pub use complaint::complain;
pub use connect::{Socket, connect};
pub use event::{Event, Leaving, Saw};
pub use failure::Failure;
pub use given::{read_line, show};
pub use harmless::harmless;
pub use heartbeat::Heartbeat;
pub use listen::{listen, take_here};
pub use primes::{cores, count_primes};
pub use print::{is_mute, print_now};
pub use reactor::reactor;
pub use room::Room;
pub use rules::{Mood, Rules};
pub use scan::scan;
pub use stdin::{Stdin, stdin};
pub use talk::{converse, talk, talk_and_ask, talk_with, typed_lines};
pub use visit::{Visit, WORKER, visit, visit_or_work, visit_or_work_or_serve};
pub use work::{Progress, progress, work, work_part};
