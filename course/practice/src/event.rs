//! What happens in a room: who came, what was said, and what the room saw of whoever left.

use std::{fmt, time::Duration};

/// What happened in the room, for whoever watches it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A guest came in.
    Joined(u64),
    /// A guest said a line.
    Said(u64, String),
    /// A guest is sent a ping.
    Ping(u64),
    /// A guest answered a ping.
    Pong(u64),
    /// A guest is gone: what the room saw of it, and how it left.
    Left(u64, Saw, Leaving),
}

/// What the room saw of one guest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saw {
    /// How many lines it said.
    pub messages: u64,
    /// How many pings it was sent.
    pub pings: u64,
    /// How many of them it answered.
    pub pongs: u64,
    /// The longest time in which nothing was heard from it, neither line nor pong.
    pub longest_silence: Duration,
}

impl fmt::Display for Saw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missed = self.pings.saturating_sub(self.pongs);
        write!(
            out,
            "{} sent, {missed} of {} pings missed, longest silence {:.1} s",
            plural(self.messages, "message"),
            self.pings,
            self.longest_silence.as_secs_f64()
        )
    }
}

fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// How a guest left.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaving {
    /// The guest sent a close frame.
    Closed,
    /// The guest said `/quit`, and the room closed.
    Quit,
    /// The room closed or dropped the guest, for this reason.
    Dropped(String),
    /// The connection broke without a close frame.
    Vanished(String),
}

impl fmt::Display for Leaving {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Leaving::Closed => write!(out, "it sent a close frame"),
            Leaving::Quit => write!(out, "it said /quit"),
            Leaving::Dropped(reason) => write!(out, "the room dropped it ({reason})"),
            Leaving::Vanished(reason) => write!(out, "{reason}"),
        }
    }
}
