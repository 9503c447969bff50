//! WRONG: whoever types begins the pause anew, and is alone for ever.
//! rejected-by: pauses_between_tries_grow
//! sentence: or a line that is typed begins a pause anew
//! instead-of: way_back.rs

use std::{io, time::Duration};

use practice::{Socket, connect};
use tokio::{select, time::sleep};

use crate::{outbox::Outbox, screen::Screen};

/// The first pause; each one after it is twice as long.
const SHORTEST: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(2);

/// The way to a room that was there once.
pub struct WayBack {
    /// Where the room is.
    url: String,
    /// How many tries there were since the room was heard last.
    tries: u32,
}

impl WayBack {
    /// The way to the room at `url`.
    pub fn to(url: &str) -> WayBack {
        WayBack { url: url.to_owned(), tries: 0 }
    }

    /// Joins for the first time, with one try.
    ///
    /// # Errors
    /// When no room answers: the address may be wrong, and tries would not help.
    pub async fn join(&self) -> io::Result<Socket> {
        connect(&self.url).await
    }

    /// Tries until the room answers; `None` once all is said, and there is nothing to come back for.
    pub async fn retry(&mut self, outbox: &mut Outbox, screen: &Screen) -> Option<Socket> {
        while !outbox.is_done() {
            let (url, pause) = (&self.url, LONGEST.min(SHORTEST * 2_u32.pow(self.tries)));
            self.tries = (self.tries + 1).min(10);
            screen.say(&format!("next try in {} s", pause.as_secs_f64())).await;
            while !outbox.is_done() {
                select! {
                    // Each turn of the loop drops this future, and begins with a new one.
                    () = sleep(pause) => break,
                    () = outbox.fill() => {}
                }
            }
            if let Ok(socket) = connect(url).await {
                return Some(socket);
            }
        }
        None
    }

    /// Notes that the room was heard: the next way back begins with the shortest pause.
    pub fn arrived(&mut self) {
        self.tries = 0;
    }
}
