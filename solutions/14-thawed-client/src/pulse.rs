//! The pulse of the room: one that hangs breaks no line, so it is asked whether it is there.

use std::{io, time::Duration};

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Error;

/// How often the room is asked.
const PERIOD: Duration = Duration::from_secs(1);
/// How long it may say nothing when it was asked, or take nothing that is sent.
const LIMIT: Duration = Duration::from_secs(4);

/// What is known of the room on one connection.
pub struct Pulse {
    /// When to ask.
    ticks: Interval,
    /// When it was asked first since it was heard last.
    asked: Option<Instant>,
}

impl Pulse {
    /// The pulse of a room that was heard now.
    pub fn start() -> Pulse {
        let mut ticks = interval_at(Instant::now() + PERIOD, PERIOD);
        // A client that stood still itself must not ask several times at once.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Pulse { ticks, asked: None }
    }

    /// Notes that the room was heard, whatever it said.
    pub fn felt(&mut self) {
        self.asked = None;
    }

    /// Awaits the next time to ask. Cancelling it loses nothing.
    ///
    /// # Errors
    /// When the room was asked long ago, and has said nothing since.
    pub async fn due(&mut self) -> Result<(), Error> {
        self.ticks.tick().await;
        let asked = *self.asked.get_or_insert_with(Instant::now);
        if asked.elapsed() < LIMIT { Ok(()) } else { Err(silent()) }
    }
}

/// Bounds a send: a room that hangs soon takes nothing more.
///
/// # Errors
/// Those of the send, and when it takes too long.
pub async fn bounded(send: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    timeout(LIMIT, send).await.unwrap_or_else(|_| Err(silent()))
}

fn silent() -> Error {
    let text = format!("it was silent for {} s", LIMIT.as_secs());
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, text))
}
