//! The room: who is in it, what it lets them do, and what it saw of them.

use std::{
    collections::HashMap,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc as std_mpsc},
    thread,
    time::Duration,
};

use tokio::{net::TcpListener, runtime, sync::mpsc, sync::oneshot};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::guest;

/// A chat server on this machine; dropping it cuts every connection and joins its thread.
pub struct Room {
    /// Where it listens, for [`Room::url`].
    address: SocketAddr,
    /// The guests, shared with their tasks.
    hall: Arc<Hall>,
    /// Ends the room's thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Joined on drop, so that no thread outlives the room.
    thread: Option<thread::JoinHandle<()>>,
}

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

impl Room {
    /// Opens a room on 127.0.0.1, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken or the thread cannot start; the text names the port.
    pub fn open(rules: Rules) -> io::Result<Room> {
        Room::start(rules, None)
    }

    /// Opens a room whose events the caller reads, in the order in which they happened.
    ///
    /// # Errors
    /// As [`Room::open`].
    pub fn open_watched(rules: Rules) -> io::Result<(Room, std_mpsc::Receiver<Event>)> {
        let (events, watcher) = std_mpsc::channel();
        Ok((Room::start(rules, Some(events))?, watcher))
    }

    fn start(rules: Rules, events: Option<std_mpsc::Sender<Event>>) -> io::Result<Room> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(listen(rules.port))?;
        let address = listener.local_addr()?;
        let hall = Arc::new(Hall { rules, events, state: Mutex::default(), emptied: Condvar::new() });
        let (stop, stopped) = oneshot::channel();
        let host = hall.clone();
        let thread = thread::Builder::new().name("practice room".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = guest::welcome(listener, host) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Room { address, hall, stop: Some(stop), thread: Some(thread) })
    }

    /// The address for `--server`: `ws://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Sends a text to every guest. Returns at once; a guest that reads too slowly is dropped.
    pub fn say(&self, text: &str) {
        self.hall.tell(None, text);
    }

    /// Closes every connection in order, with this reason.
    pub fn close(&self, reason: &str) {
        for seat in self.hall.state().seats.values() {
            let _ = seat.ending.try_send(Ending::Close(reason.to_owned()));
        }
    }

    /// Cuts every connection without a word, as a crash or a broken line does.
    pub fn vanish(&self) {
        for seat in self.hall.state().seats.values() {
            let _ = seat.ending.try_send(Ending::Cut);
        }
    }

    /// Waits up to `limit` until nobody is here, and says what the room saw of the guest that left last.
    ///
    /// Blocks the calling thread meanwhile.
    pub fn last_seen(&self, limit: Duration) -> Option<Saw> {
        let empty =
            self.hall.emptied.wait_timeout_while(self.hall.state(), limit, |state| !state.seats.is_empty());
        let (state, _) = empty.unwrap_or_else(PoisonError::into_inner);
        state.last_seen.clone()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| {
        let text = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("{address} is in use")
            }
            _ => format!("the room cannot listen on {address}: {error}"),
        };
        io::Error::new(error.kind(), text)
    })
}

/// What the guests' tasks share.
pub(crate) struct Hall {
    /// What the room does and bears.
    pub rules: Rules,
    /// Where events go, if anybody watches.
    events: Option<std_mpsc::Sender<Event>>,
    /// Who is here.
    state: Mutex<State>,
    /// Notified whenever a guest has left, for [`Room::last_seen`].
    emptied: Condvar,
}

/// Who is here, and who was.
#[derive(Default)]
struct State {
    /// Numbers guests from 1.
    last_id: u64,
    /// One seat for each guest.
    seats: HashMap<u64, Seat>,
    /// Kept for [`Room::last_seen`].
    last_seen: Option<Saw>,
}

/// The way to one guest's task.
struct Seat {
    /// Messages on their way to the guest; bounded by [`Rules::queue`].
    queue: mpsc::Sender<Message>,
    /// Asks the guest's task to end.
    ending: mpsc::Sender<Ending>,
}

/// How a guest's task is to end.
pub(crate) enum Ending {
    /// With a close frame, waiting for the guest's.
    Close(String),
    /// With a close frame, not waiting.
    Drop(String),
    /// Without a word.
    Cut,
}

/// The receiving halves of a [`Seat`].
pub(crate) struct Place {
    /// The guest's number.
    pub id: u64,
    /// What to send.
    pub queue: mpsc::Receiver<Message>,
    /// When to end.
    pub ending: mpsc::Receiver<Ending>,
}

impl Hall {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn event(&self, event: Event) {
        if let Some(events) = &self.events {
            let _ = events.send(event);
        }
    }

    /// Gives a guest a seat and announces it.
    pub(crate) fn seat(&self) -> Place {
        let (queue, queued) = mpsc::channel(self.rules.queue);
        let (ending, ended) = mpsc::channel(1);
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        state.seats.insert(id, Seat { queue, ending });
        drop(state);
        self.event(Event::Joined(id));
        Place { id, queue: queued, ending: ended }
    }

    /// Sends `text` to all, or to all but the one who said it.
    pub(crate) fn tell(&self, but: Option<u64>, text: &str) {
        for (id, seat) in &self.state().seats {
            if Some(*id) != but && seat.queue.try_send(Message::text(text)).is_err() {
                let reason = format!("you read too slowly: {} messages wait for you", self.rules.queue);
                let _ = seat.ending.try_send(Ending::Drop(reason));
            }
        }
    }

    /// Takes the seat away, and says what was seen.
    pub(crate) fn unseat(&self, id: u64, saw: Saw, leaving: Leaving) {
        let mut state = self.state();
        state.seats.remove(&id);
        state.last_seen = Some(saw.clone());
        drop(state);
        self.emptied.notify_all();
        self.event(Event::Left(id, saw, leaving));
    }
}

/// A close frame whose reason fits the protocol's 123 bytes.
pub(crate) fn close_frame(code: u16, reason: &str) -> Message {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason[..end].into() }))
}
