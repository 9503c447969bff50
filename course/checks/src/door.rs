//! The door of a room, or of a NATS server: what a check can shut, while what is behind it goes on.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::Host,
    missed::{Missed, patience, span},
};

/// A line to a room that can break: guests who go to the door are let through to the room behind it.
///
/// ```
/// let room = checks::ScriptedRoom::open();
/// let door = checks::Door::to(&room);
/// door.shut();
/// assert!(checks::Host::url(&door).starts_with("ws://127.0.0.1:"));
/// ```
pub struct Door {
    /// Where it is.
    url: String,
    /// The same, for the knock that ends it.
    address: SocketAddr,
    /// Shared with the threads that let guests through.
    shared: Arc<Shared>,
    /// Says what the room behind it heard.
    silence: Arc<Mutex<Box<dyn Fn() -> String + Send>>>,
}

#[derive(Default)]
struct Shared {
    /// What the door does, and what came to it.
    state: Mutex<State>,
    /// Told of each knock, and of what is swallowed.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What becomes of whoever knocks.
    manner: Manner,
    /// When somebody knocked, since it was shut last.
    knocks: Vec<Instant>,
    /// How many bytes of guests were thrown away.
    swallowed: usize,
    /// Both ends of each connection.
    streams: Vec<TcpStream>,
}

/// What a door does with guests.
#[derive(Clone, Copy, Debug, Default)]
enum Manner {
    /// Lets them through.
    #[default]
    Open,
    /// Turns them away.
    Shut,
    /// Lets them through, and cuts the line after the room's first word, the answer to the handshake.
    Slammed,
    /// Lets through what the room says, and throws away what they say.
    Swallowing,
    /// Is open until they say something of this kind, and swallows from then on.
    SwallowingFrom(fn(&[u8]) -> bool),
    /// Lets through what they say, and throws away what the room says.
    Deaf,
    /// Is no more.
    Gone,
}

impl Door {
    /// An open door to `room`, which may be a [`crate::NatsServer`].
    ///
    /// # Panics
    /// When the system has no free port, or no thread.
    pub fn to(room: &impl Host) -> Door {
        let listener = practice::listen(0).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = room.url();
        let (scheme, behind) = url.split_once("://").expect("an address with a scheme");
        let (url, behind) = (format!("{scheme}://{address}"), behind.parse().expect("an address"));
        let shared = Arc::new(Shared::default());
        let porter = shared.clone();
        let work = move || {
            for guest in listener.incoming().flatten() {
                if matches!(porter.knock(), Manner::Gone) {
                    return;
                }
                let _ = porter.let_through(guest, behind);
            }
        };
        thread::Builder::new().name("door".into()).spawn(work).expect("a thread for the door");
        Door { url, address, shared, silence: Arc::new(Mutex::new(room.silence())) }
    }

    /// Cuts every line without a word, and turns away whoever comes from now on.
    pub fn shut(&self) {
        self.set(Manner::Shut);
        self.cut();
    }

    /// As [`Door::shut`], but who comes is let in, and cut off before the room has said anything.
    pub fn slam(&self) {
        self.set(Manner::Slammed);
        self.cut();
    }

    /// Lets guests through again.
    pub fn open(&self) {
        self.set(Manner::Open);
    }

    /// Throws away what guests say from now on: a line that has broken, and nobody has noticed.
    pub fn swallow(&self) {
        self.set(Manner::Swallowing);
    }

    /// Throws away what guests say, from the piece on for which `is_it` holds.
    pub fn swallow_from(&self, is_it: fn(&[u8]) -> bool) {
        self.set(Manner::SwallowingFrom(is_it));
    }

    /// Throws away what the room says from now on.
    pub fn deafen(&self) {
        self.set(Manner::Deaf);
    }

    /// Cuts every line without a word.
    pub fn cut(&self) {
        for stream in self.shared.state().streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Waits until at least `bytes` of what guests say were thrown away.
    pub fn has_swallowed(&self, bytes: usize) -> Result<(), Missed> {
        let expected = format!("{bytes} bytes are sent");
        self.wait(&expected, |state| (state.swallowed >= bytes).then_some(()))
    }

    /// Waits until guests have knocked so often since the door was set last, and says when they did.
    pub fn knocks(&self, count: usize) -> Result<Vec<Instant>, Missed> {
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let expected = format!("the client tries to come back {times}");
        self.wait(&expected, |state| (state.knocks.len() >= count).then(|| state.knocks.clone()))
    }

    fn wait<T>(&self, expected: &str, found: impl Fn(&State) -> Option<T>) -> Result<T, Missed> {
        let state = self.shared.state();
        let waited =
            self.shared.changed.wait_timeout_while(state, patience(), |state| found(state).is_none());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        found(&state).ok_or_else(|| {
            let instead = format!("tries: {}; bytes that left: {}", state.knocks.len(), state.swallowed);
            Missed::new(format!("{expected}, within {}", span(patience())), instead)
        })
    }

    fn set(&self, manner: Manner) {
        let mut state = self.shared.state();
        state.manner = manner;
        state.knocks.clear();
    }
}

impl Host for Door {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn silence(&self) -> Box<dyn Fn() -> String + Send> {
        let silence = self.silence.clone();
        Box::new(move || silence.lock().unwrap_or_else(PoisonError::into_inner)())
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.set(Manner::Gone);
        self.cut();
        // Wakes the thread that waits for guests.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that somebody is there.
    fn knock(&self) -> Manner {
        let mut state = self.state();
        state.knocks.push(Instant::now());
        self.changed.notify_all();
        state.manner
    }

    /// Connects a guest with the room, unless the door is shut.
    fn let_through(self: &Arc<Self>, guest: TcpStream, room: SocketAddr) -> io::Result<()> {
        let room = TcpStream::connect(room)?;
        guest.set_nodelay(true)?;
        room.set_nodelay(true)?;
        let (said, heard) =
            ((guest.try_clone()?, room.try_clone()?), (room.try_clone()?, guest.try_clone()?));
        let mut state = self.state();
        if matches!(state.manner, Manner::Shut) {
            return Ok(());
        }
        state.streams.extend([guest, room]);
        drop(state);
        self.carry(said, true)?;
        self.carry(heard, false)
    }

    /// Carries what one end says to the other, on a thread of its own, until one of them is gone.
    fn carry(
        self: &Arc<Self>,
        (mut from, mut to): (TcpStream, TcpStream),
        of_a_guest: bool,
    ) -> io::Result<()> {
        let shared = self.clone();
        let work = move || {
            let mut piece = [0; 16 << 10];
            while let Ok(length @ 1..) = from.read(&mut piece) {
                let mut state = shared.state();
                if let Manner::SwallowingFrom(is_it) = state.manner
                    && of_a_guest
                    && is_it(&piece[..length])
                {
                    state.manner = Manner::Swallowing;
                }
                match state.manner {
                    Manner::Swallowing if of_a_guest => {
                        state.swallowed += length;
                        shared.changed.notify_all();
                        continue;
                    }
                    Manner::Deaf if !of_a_guest => continue,
                    _ => {}
                }
                let is_last = matches!(state.manner, Manner::Slammed) && !of_a_guest;
                drop(state);
                if to.write_all(&piece[..length]).is_err() || is_last {
                    break;
                }
            }
            // Whoever reads the other end learns that this one is gone.
            let _ = to.shutdown(Shutdown::Both);
            let _ = from.shutdown(Shutdown::Both);
        };
        thread::Builder::new().name("line".into()).spawn(work)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::{Message, connect};

    use super::*;
    use crate::ScriptedRoom;

    /// A shut door turns guests away, and an open one lets them talk.
    #[test]
    fn door_shuts_and_opens() {
        let room = ScriptedRoom::open();
        let door = Door::to(&room);
        let (mut guest, _) = connect(door.url()).unwrap();
        guest.send(Message::text("good morning")).unwrap();
        room.hears("good morning").unwrap();
        door.shut();
        while guest.read().is_ok() {}
        assert!(connect(door.url()).is_err());
        assert_eq!(door.knocks(1).unwrap().len(), 1);
        door.open();
        let (mut guest, _) = connect(door.url()).unwrap();
        guest.send(Message::text("good evening")).unwrap();
        room.hears("good evening").unwrap();
    }

    /// What is swallowed does not reach the room, and a slammed door ends a visit that has begun.
    #[test]
    fn door_swallows_and_slams() {
        let room = ScriptedRoom::open();
        let door = Door::to(&room);
        let (mut guest, _) = connect(door.url()).unwrap();
        door.swallow();
        guest.send(Message::text("a".repeat(1000))).unwrap();
        door.has_swallowed(1000).unwrap();
        door.slam();
        while guest.read().is_ok() {}
        let (mut guest, _) = connect(door.url()).expect("the handshake is answered");
        while guest.read().is_ok() {}
        door.open();
        let (mut guest, _) = connect(door.url()).unwrap();
        guest.send(Message::text("the next line")).unwrap();
        room.hears_next("the next line").unwrap();
    }

    /// A deaf guest is heard, until it says what the door waits for.
    #[test]
    fn door_deafens_and_swallows_from_a_word() {
        let echo = practice::listen(0).unwrap();
        let door = Door::to(&Echo(echo.local_addr().unwrap()));
        let mut guest = TcpStream::connect(door.address).unwrap();
        let (mut behind, _) = echo.accept().unwrap();
        door.swallow_from(|piece| piece.starts_with(b"the word"));
        let mut said = [0; 5];
        guest.write_all(b"hello").unwrap();
        behind.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"hello");
        guest.write_all(b"the word").unwrap();
        door.has_swallowed(8).unwrap();
        door.deafen();
        behind.write_all(b"nobody").unwrap();
        guest.write_all(b"heard").unwrap();
        behind.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"heard");
        door.open();
        behind.write_all(b"hello").unwrap();
        guest.read_exact(&mut said).unwrap();
        assert!(door.url().starts_with("echo://127.0.0.1:"));
    }

    /// A server that is no room.
    struct Echo(SocketAddr);

    impl Host for Echo {
        fn url(&self) -> String {
            format!("echo://{}", self.0)
        }

        fn silence(&self) -> Box<dyn Fn() -> String + Send> {
            Box::new(String::new)
        }
    }
}
