//! The way back to the room: tries with longer and longer pauses, while lines that are typed wait in the outbox.

use std::{io, pin::pin, time::Duration};

use futures_util::FutureExt;
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
            let mut attempt = pin!(sleep(pause).then(|()| connect(url)));
            while !outbox.is_done() {
                select! {
                    socket = &mut attempt => match socket {
                        Ok(socket) => return Some(socket),
                        Err(_) => break,
                    },
                    refused = outbox.fill_or_refuse() => if let Some(line) = refused {
                        screen.say(&format!("!! not sent: {line}")).await;
                    },
                }
            }
        }
        None
    }

    /// Notes that the room was heard: the next way back begins with the shortest pause.
    pub fn arrived(&mut self) {
        self.tries = 0;
    }
}
