//! The connection: it lasts for the whole visit, however often the line breaks.
//!
//! ```text
//!   typed lines ──▶ outbox ──line, ping 7──▶ the room
//!                     ▲                        │
//!                     └──── pong 7: it has it ─┘   no pong: the line is sent again after a reconnect
//! ```

use std::io;

use futures_util::{SinkExt, StreamExt};
use practice::Socket;
use tokio::select;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{
    outbox::Outbox,
    pulse::{Pulse, bounded},
    screen::Screen,
    way_back::WayBack,
};

/// A place in the room, across all connections to it.
pub struct Connection {
    /// Where the room's messages go.
    screen: Screen,
    /// What the room may not have yet.
    outbox: Outbox,
    /// How to come back.
    way_back: WayBack,
}

impl Connection {
    /// A place in the room at `url`, for the lines that come in the `outbox`.
    pub fn new(url: &str, outbox: Outbox, screen: Screen) -> Connection {
        Connection { screen, outbox, way_back: WayBack::to(url) }
    }

    /// Joins the room and relays, on one connection after the other, until all is said or the room says goodbye.
    ///
    /// Cancelling it cuts the line.
    ///
    /// # Errors
    /// When no room answers at first; later ones are awaited.
    pub async fn keep(&mut self) -> io::Result<()> {
        let mut socket = self.way_back.join().await?;
        while let Err(error) = self.relay(&mut socket).await {
            self.screen.say(&format!("the room is gone: {error}")).await;
            let Some(again) = self.way_back.retry(&mut self.outbox, &self.screen).await else { break };
            self.screen.say("back in the room").await;
            socket = again;
        }
        Ok(())
    }

    /// Takes out what the room may not have.
    pub fn unsaid(&mut self) -> impl Iterator<Item = String> {
        self.outbox.unsaid()
    }

    /// Relays until one side leaves.
    ///
    /// # Errors
    /// When the line breaks, or the room hangs.
    async fn relay(&mut self, socket: &mut Socket) -> Result<(), Error> {
        let mut pulse = Pulse::start();
        self.outbox.rewind();
        while !self.outbox.is_done() {
            while let Some((line, number)) = self.outbox.send_next() {
                bounded(socket.feed(Message::text(line))).await?;
                // A pong repeats its ping: whoever answers this one has the line, and all before it.
                bounded(socket.feed(Message::Ping(number.into()))).await?;
            }
            bounded(socket.flush()).await?;
            select! {
                // What was said in time counts, however late it is heard: the pulse comes last.
                biased;
                () = self.outbox.fill() => {}
                message = socket.next() => match message.transpose()? {
                    Some(message) => {
                        pulse.felt();
                        if self.hear(message).await { return Ok(()) }
                    }
                    None => return Ok(()),
                },
                asked = pulse.due() => {
                    asked?;
                    bounded(socket.feed(Message::Ping(self.outbox.last_sent().into()))).await?;
                }
            }
        }
        self.say_goodbye(socket).await;
        Ok(())
    }

    /// Hears the room's last words; a line that breaks now ends them, too.
    async fn say_goodbye(&mut self, socket: &mut Socket) {
        let _ = socket.close(None).await;
        while let Some(Ok(message)) = socket.next().await {
            self.hear(message).await;
        }
    }

    /// Takes in what the room says, and tells whether it says goodbye.
    async fn hear(&mut self, message: Message) -> bool {
        // A room that only opens its door is not there yet: without a word of it the pauses grow on.
        self.way_back.arrived();
        match &message {
            Message::Text(text) => self.screen.say(&format!("<< {}", text.replace('\n', "\n<< "))).await,
            Message::Pong(number) => self.outbox.confirm(number),
            Message::Close(Some(frame)) => {
                self.screen.say(&format!("the room closed: {}", frame.reason)).await
            }
            _ => {}
        }
        message.is_close()
    }
}
