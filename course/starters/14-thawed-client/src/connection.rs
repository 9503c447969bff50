//! The connection: it lasts until the line breaks.

use std::io;

use futures_util::{SinkExt, StreamExt};
use practice::Socket;
use tokio::{select, sync::mpsc};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{outbox::Outbox, screen::Screen, way_back::WayBack};

/// A place in the room, for as long as the line holds.
pub struct Connection {
    /// Where the room's messages go.
    screen: Screen,
    /// What is to be sent.
    outbox: Outbox,
    /// How to get there; not yet how to come back.
    way_back: WayBack,
}

impl Connection {
    /// A place in the room at `url`, for the lines that come from `said`.
    pub fn new(url: &str, said: mpsc::Receiver<String>, screen: Screen) -> Connection {
        Connection { screen, outbox: Outbox::new(said), way_back: WayBack::to(url) }
    }

    /// Joins the room and relays, until all is said, the room says goodbye, or the line breaks.
    ///
    /// # Errors
    /// When no room answers, or the line breaks.
    pub async fn keep(&mut self) -> io::Result<()> {
        let mut socket = self.way_back.join().await?;
        let gone = |error| io::Error::other(format!("the room is gone: {error}"));
        self.relay(&mut socket).await.map_err(gone)
    }

    /// Relays until one side leaves.
    ///
    /// # Errors
    /// When the line breaks.
    async fn relay(&mut self, socket: &mut Socket) -> Result<(), Error> {
        while !self.outbox.is_done() {
            while let Some(line) = self.outbox.send_next() {
                socket.feed(Message::text(line)).await?;
            }
            socket.flush().await?;
            select! {
                message = socket.next() => match message.transpose()? {
                    Some(message) => if self.hear(message).await { return Ok(()) },
                    None => return Ok(()),
                },
                () = self.outbox.fill() => {}
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
        match &message {
            Message::Text(text) => self.screen.say(&format!("<< {}", text.replace('\n', "\n<< "))).await,
            Message::Close(Some(frame)) => {
                self.screen.say(&format!("the room closed: {}", frame.reason)).await
            }
            _ => {}
        }
        message.is_close()
    }
}
