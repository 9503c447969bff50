//! One guest: what it says is relayed, what it misses is counted, and nothing that it sends ends the server.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{MissedTickBehavior, interval_at, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        Error, Message,
        error::{CapacityError, ProtocolError},
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use crate::{
    event::{Event, Leaving, Saw},
    hall::{Ending, Hall, Place},
    harmless::harmless,
    origin::admit,
    rules::Mood,
    trace::{self, MarkKind},
};

/// How long a handshake, a write or the answer to a close frame may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How long a guest that is given up may take to take the reason.
const SOON: Duration = Duration::from_millis(100);
/// The bots, who speak in turn.
const BOTS: [&str; 3] = ["Ada", "Grace", "Barbara"];

// Close codes of RFC 6455, section 7.4.1.
const NORMAL: u16 = 1000;
const PROTOCOL: u16 = 1002;
const UNSUPPORTED: u16 = 1003;
const POLICY: u16 = 1008;
const TOO_BIG: u16 = 1009;

/// Accepts guests for as long as the room is open.
pub(crate) async fn welcome(listener: TcpListener, hall: Arc<Hall>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(host(stream, hall.clone()))),
            // Out of file descriptors, say: others are still served meanwhile.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Serves one connection from handshake to leave.
async fn host(stream: TcpStream, hall: Arc<Hall>) {
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default()
        .max_message_size(Some(hall.rules.largest))
        .max_frame_size(Some(hall.rules.largest));
    let Ok(Ok(socket)) = timeout(LIMIT, accept_hdr_async_with_config(stream, admit, Some(config))).await
    else {
        return;
    };
    trace::room(MarkKind::Joined, "");
    let place = hall.seat();
    let id = place.id;
    let mut guest = Guest { id, socket, hall: hall.clone(), saw: Saw::default(), heard: Instant::now() };
    let leaving = guest.stay(place).await;
    guest.hush();
    let kind = if leaving == Leaving::Closed || leaving == Leaving::Quit {
        MarkKind::Closed
    } else {
        MarkKind::Dropped
    };
    trace::room(kind, &format!("{leaving:?}"));
    // Whoever is told that a guest has left finds its connection closed.
    drop(guest.socket);
    hall.unseat(id, guest.saw, leaving);
}

/// One guest, as its task knows it.
struct Guest {
    /// Names the guest in events and to the others.
    id: u64,
    /// The connection.
    socket: WebSocketStream<TcpStream>,
    /// The others.
    hall: Arc<Hall>,
    /// What was seen so far.
    saw: Saw,
    /// When a line or a pong was heard last, for the silence.
    heard: Instant,
}

impl Guest {
    /// Relays, pings and lets the bots talk until the guest leaves.
    async fn stay(&mut self, mut place: Place) -> Leaving {
        let rules = self.hall.rules.clone();
        let mut pings = every(rules.ping_every);
        let mut bots = every(Duration::from_secs(1));
        let mut seconds = 0;
        loop {
            let outcome = tokio::select! {
                ending = place.ending.recv() => {
                    self.finish(ending.unwrap_or(Ending::Cut), &mut place).await
                }
                message = self.socket.next() => self.hear(message).await,
                message = place.queue.recv() => match message {
                    Some(message) => self.send(message, &mut place).await,
                    None => Err(Leaving::Vanished("the room is closed".into())),
                },
                _ = pings.tick() => self.ping(&mut place).await,
                _ = bots.tick(), if rules.bots => {
                    seconds += 1;
                    let bot = BOTS[seconds % BOTS.len()];
                    self.send(Message::text(format!("{bot}: {seconds} s since you joined")), &mut place).await
                }
            };
            if let Err(leaving) = outcome {
                return leaving;
            }
        }
    }

    /// Ends as asked; what the room said before it closes is sent first.
    async fn finish(&mut self, ending: Ending, place: &mut Place) -> Result<(), Leaving> {
        if matches!(ending, Ending::Close(_)) {
            while let Ok(message) = place.queue.try_recv() {
                self.send(message, place).await?;
            }
        }
        self.end(ending).await
    }

    /// Pings, or in a strict room gives up a guest that was silent for too long.
    async fn ping(&mut self, place: &mut Place) -> Result<(), Leaving> {
        let silence = self.heard.elapsed();
        if self.hall.rules.mood == Mood::Strict && silence > self.hall.rules.patience {
            return self.give_up(format!("no pong for {:.1} s", silence.as_secs_f64()), SOON).await;
        }
        self.saw.pings += 1;
        trace::room(MarkKind::Ping, "");
        self.hall.event(Event::Ping(self.id));
        self.send(Message::Ping("thaw".into()), place).await
    }

    /// Sends one message; a guest that takes none can still be dropped meanwhile.
    async fn send(&mut self, message: Message, place: &mut Place) -> Result<(), Leaving> {
        if let Message::Text(text) = &message {
            trace::room(MarkKind::Sent, text);
        }
        let is_strict = self.hall.rules.mood == Mood::Strict;
        let patience = self.hall.rules.patience.saturating_sub(self.heard.elapsed());
        let sent = tokio::select! {
            biased;
            sent = self.socket.send(message) => sent,
            ending = place.ending.recv() => return self.end(ending.unwrap_or(Ending::Cut)).await,
            () = sleep(patience), if is_strict => {
                let reason = format!("no message taken for {:.1} s", self.heard.elapsed().as_secs_f64());
                return self.give_up(reason, SOON).await;
            }
        };
        sent.map_err(|error| Leaving::Vanished(error.to_string()))
    }

    /// Takes in what came from the guest.
    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), Leaving> {
        match message {
            Some(Ok(Message::Text(text))) => self.hear_line(&text).await,
            Some(Ok(Message::Pong(_))) => {
                self.hush();
                self.saw.pongs += 1;
                trace::room(MarkKind::Pong, "");
                self.hall.event(Event::Pong(self.id));
                Ok(())
            }
            Some(Ok(Message::Binary(_))) => {
                self.refuse(UNSUPPORTED, "this room takes text messages, not binary ones").await
            }
            Some(Ok(Message::Close(_))) => {
                // The answer to the guest's close frame goes out with the flush.
                let _ = timeout(LIMIT, self.socket.flush()).await;
                Err(Leaving::Closed)
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => self.fault(error).await,
            None => Err(Leaving::Vanished("the connection ended without a close frame".into())),
        }
    }

    async fn hear_line(&mut self, line: &str) -> Result<(), Leaving> {
        self.hush();
        self.saw.messages += 1;
        trace::room(MarkKind::Heard, line);
        self.hall.event(Event::Said(self.id, line.to_owned()));
        if line == "/quit" {
            self.close(NORMAL, &self.saw.to_string()).await;
            return Err(Leaving::Quit);
        }
        if self.hall.rules.relay {
            // What stood for a command to this guest's terminal would be one to the others' too.
            let line = harmless(line);
            self.hall.tell(Some(self.id), &format!("guest {}: {line}", self.id));
            let echo = format!("you: {line}");
            trace::room(MarkKind::Sent, &echo);
            let sent = timeout(LIMIT, self.socket.send(Message::text(echo))).await;
            match sent {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(Leaving::Vanished(error.to_string())),
                Err(_) => {
                    let reason = format!("you read too slowly: an echo waited for {} s", LIMIT.as_secs());
                    return self.give_up(reason, SOON).await;
                }
            }
        }
        Ok(())
    }

    /// Answers a fault of the guest with a reason, where the connection still bears one.
    async fn fault(&mut self, error: Error) -> Result<(), Leaving> {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                self.refuse(
                    TOO_BIG,
                    &format!("a message of {size} bytes: this room takes {max_size} at most"),
                )
                .await
            }
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                Err(Leaving::Vanished("the connection ended without a close frame".into()))
            }
            Error::Protocol(_) | Error::Utf8(_) => {
                self.refuse(PROTOCOL, &format!("malformed message: {error}")).await
            }
            other => Err(Leaving::Vanished(other.to_string())),
        }
    }

    async fn refuse(&mut self, code: u16, reason: &str) -> Result<(), Leaving> {
        let _ = timeout(LIMIT, self.socket.send(close_frame(code, reason))).await;
        self.drain().await;
        Err(Leaving::Dropped(reason.to_owned()))
    }

    async fn end(&mut self, ending: Ending) -> Result<(), Leaving> {
        match ending {
            Ending::Close(reason) => {
                self.close(NORMAL, &reason).await;
                Err(Leaving::Dropped(reason))
            }
            Ending::Drop(reason) => {
                let given_up = self.give_up(reason, LIMIT).await;
                self.drain().await;
                given_up
            }
            Ending::Cut => Err(Leaving::Vanished("cut by the room".into())),
        }
    }

    /// Sends the reason, if the connection takes it within `limit`, and waits for no answer.
    async fn give_up(&mut self, reason: String, limit: Duration) -> Result<(), Leaving> {
        self.hush();
        let told = format!("{reason}; the room saw: {}", self.saw);
        let _ = timeout(limit, self.socket.send(close_frame(POLICY, &told))).await;
        Err(Leaving::Dropped(reason))
    }

    /// Throws away what is still on its way: closing over it would reset the connection, and lose the reason.
    async fn drain(&mut self) {
        let stream = self.socket.get_mut();
        let mut waste = [0; 4096];
        let _ = timeout(LIMIT, async {
            stream.shutdown().await?;
            while stream.read(&mut waste).await? > 0 {}
            io::Result::Ok(())
        })
        .await;
    }

    /// Sends a close frame and waits, within [`LIMIT`], for the guest's own.
    async fn close(&mut self, code: u16, reason: &str) {
        let socket = &mut self.socket;
        let _ = timeout(LIMIT, async {
            if socket.send(close_frame(code, reason)).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        })
        .await;
    }

    /// Ends the current silence: something was heard, or the guest is leaving.
    fn hush(&mut self) {
        self.saw.longest_silence = self.saw.longest_silence.max(self.heard.elapsed());
        self.heard = Instant::now();
    }
}

/// Ticks after each period; what a busy room misses is not made up for.
fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval_at(tokio::time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// A close frame whose reason fits the protocol's 123 bytes.
fn close_frame(code: u16, reason: &str) -> Message {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason[..end].into() }))
}
