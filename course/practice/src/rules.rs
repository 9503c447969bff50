//! The rules of a room: what it does of itself, and what it bears.

use std::time::Duration;

/// What the room does of itself, and what it bears.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether a guest that does not answer pings is dropped.
    pub mood: Mood,
    /// Whether bots talk to each guest, once a second.
    pub bots: bool,
    /// Whether a guest's line is sent to all, and back to the guest as `you: …`.
    pub relay: bool,
    /// The TCP port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The time between two pings to one guest.
    pub ping_every: Duration,
    /// A strict room drops a guest from whom it heard nothing for this long.
    pub patience: Duration,
    /// The longest message in bytes; a longer one ends the connection.
    pub largest: usize,
    /// How many messages may wait for one guest; one more, and the guest is dropped as too slow.
    pub queue: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            mood: Mood::Lenient,
            bots: true,
            relay: true,
            port: 0,
            ping_every: Duration::from_millis(250),
            patience: Duration::from_secs(1),
            largest: 64 * 1024,
            queue: 1024,
        }
    }
}

/// How the room treats a guest that does not answer its pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Keeps the guest: what it missed arrives in a burst.
    Lenient,
    /// Drops the guest after [`Rules::patience`], as most real servers do.
    Strict,
}
