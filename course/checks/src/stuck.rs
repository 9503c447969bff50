//! A server that stops answering, as one does that hangs, is swamped, or was halted with Ctrl-Z.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use tokio_tungstenite::tungstenite::{Message, accept, protocol::CloseFrame};

use crate::{
    client::Host,
    missed::{Missed, patience, span},
};

/// The codes of frames, as RFC 6455 numbers them.
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Takes in one guest, says a few words, and from then on does nothing of itself: no echo, no ping, no answer.
///
/// ```
/// let room = checks::StuckRoom::after(&["the kettle boils"], Some("good night"));
/// assert!(checks::Host::url(&room).starts_with("ws://127.0.0.1:"));
/// ```
pub struct StuckRoom {
    /// Where it listens.
    address: SocketAddr,
    /// Brings the guest's connection once all is said.
    arriving: Mutex<Receiver<TcpStream>>,
    /// That connection, from then on.
    guest: Mutex<Option<TcpStream>>,
}

impl StuckRoom {
    /// Opens a room that says `texts`, closes for a reason if there is one, and is stuck then.
    ///
    /// Text and close frame go out together: the last word is right before the end. A reason without a letter is none:
    /// the frame is empty then, as a room may have it.
    ///
    /// # Panics
    /// When the system has no free port.
    pub fn after(texts: &[&str], closes: Option<&str>) -> StuckRoom {
        let mut last: Vec<Message> = texts.iter().map(|text| Message::text(*text)).collect();
        last.extend(closes.map(|reason| Message::Close((!reason.is_empty()).then(|| normal(reason)))));
        StuckRoom::open(move |stream| {
            let mut socket = accept(stream).map_err(io::Error::other)?;
            for message in last {
                socket.write(message).map_err(io::Error::other)?;
            }
            socket.flush().map_err(io::Error::other)?;
            socket.get_ref().try_clone()
        })
    }

    /// Opens a room that hears a guest knock, and never lets it in.
    ///
    /// # Panics
    /// When the system has no free port.
    pub fn at_the_door() -> StuckRoom {
        StuckRoom::open(|mut stream| {
            stream.read_exact(&mut [0; 4])?;
            Ok(stream)
        })
    }

    fn open(greet: impl FnOnce(TcpStream) -> io::Result<TcpStream> + Send + 'static) -> StuckRoom {
        let listener = practice::listen(0).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (arrived, arriving) = mpsc::channel();
        let host = move || {
            let guest = listener.accept().and_then(|(stream, _)| greet(stream));
            // The check notices by what it waits for next when there is none.
            let _ = guest.map(|guest| arrived.send(guest));
        };
        thread::Builder::new().name("stuck room".into()).spawn(host).expect("a thread for the room");
        StuckRoom { address, arriving: Mutex::new(arriving), guest: Mutex::new(None) }
    }

    /// Waits until the guest is here, or has knocked, and all is said.
    pub fn joined(&self) -> Result<(), Missed> {
        let arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        let guest = arriving.recv_timeout(patience()).map_err(|_| {
            let expected = format!("the client joins the room, within {}", span(patience()));
            Missed::new(expected, "it did not come")
        })?;
        *self.guest.lock().unwrap_or_else(PoisonError::into_inner) = Some(guest);
        Ok(())
    }

    /// Waits until something of the guest's has come, and leaves it there: what is too long for the system stays with the guest.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn is_spoken_to(&self) -> Result<(), Missed> {
        let guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = guest.as_ref().expect("a guest that has joined");
        let peeked = stream.set_read_timeout(Some(patience())).and_then(|()| stream.peek(&mut [0]));
        peeked.map(drop).map_err(|error| {
            Missed::new(format!("the client sends a line, within {}", span(patience())), error.to_string())
        })
    }

    /// Takes in this many lines, and answers one ping only, as a room may: the first one behind line number `confirmed`.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn answers_once(&self, lines: usize, confirmed: usize) -> Result<(), Missed> {
        let mut guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = guest.as_mut().expect("a guest that has joined");
        let (mut taken, mut ping) = (0, None);
        let mut answer = || {
            stream.set_read_timeout(Some(patience()))?;
            while taken < lines || ping.is_none() {
                match next_frame(stream)? {
                    (TEXT, _) => taken += 1,
                    (PING, number) if taken >= confirmed => drop(ping.get_or_insert(number)),
                    _ => {}
                }
            }
            let number = ping.take().unwrap_or_default();
            stream.write_all(&[&[0x80 | PONG, number.len() as u8], number.as_slice()].concat())
        };
        answer().map_err(|error: io::Error| {
            let expected = format!("{lines} lines and a ping behind them, within {}", span(patience()));
            Missed::new(expected, format!("{taken} lines, and then: {error}"))
        })
    }

    /// Waits for so many pings, and after `pause` answers the last of them, as a room may that is slow.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn answers_last_of(&self, pings: usize, pause: Duration) -> Result<(), Missed> {
        let mut guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = guest.as_mut().expect("a guest that has joined");
        let (mut seen, mut last) = (0, Vec::new());
        let mut answer = || {
            stream.set_read_timeout(Some(patience()))?;
            while seen < pings {
                if let (PING, number) = next_frame(stream)? {
                    (seen, last) = (seen + 1, number);
                }
            }
            thread::sleep(pause);
            stream.write_all(&[&[0x80 | PONG, last.len() as u8], last.as_slice()].concat())
        };
        answer().map_err(|error: io::Error| {
            let expected = format!("{pings} pings of the client, within {}", span(patience()));
            Missed::new(expected, format!("{seen} of them, and then: {error}"))
        })
    }

    /// Sends pongs that nobody has asked for, as RFC 6455 allows: an empty one, and some that are no number of a line.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn pongs_unasked(&self) {
        let guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = guest.as_ref().expect("a guest that has joined");
        for payload in ["".as_bytes(), b"still here", b"\xff", b"-1"] {
            // A guest that is gone hears no pong; the check notices by what it waits for next.
            let _ = stream.write_all(&[&[0x80 | PONG, payload.len() as u8], payload].concat());
        }
    }

    /// Says goodbye, in one frame with its reason.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn closes(&self, reason: &str) {
        let guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = guest.as_ref().expect("a guest that has joined");
        let code = 1000_u16.to_be_bytes();
        let head = [0x80 | CLOSE, (reason.len() + code.len()) as u8];
        // A guest that is gone hears no goodbye; the check notices by what it waits for next.
        let _ = stream.write_all(&[&head, &code, reason.as_bytes()].concat());
    }

    /// Waits for the guest's next line, and takes it in; until then it stays in the connection.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn next_line(&self) -> Result<String, Missed> {
        let mut guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = guest.as_mut().expect("a guest that has joined");
        let mut search = || {
            stream.set_read_timeout(Some(patience()))?;
            loop {
                if let (TEXT, line) = next_frame(stream)? {
                    return io::Result::Ok(String::from_utf8_lossy(&line).into_owned());
                }
            }
        };
        search().map_err(|error| {
            let expected = format!("a line reaches the room, within {}", span(patience()));
            Missed::new(expected, format!("none came: {error}"))
        })
    }

    /// Talks from now on, a word every 10 ms, until the guest is gone; it still answers nothing.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn talks_on(&self) {
        let guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream =
            guest.as_ref().and_then(|guest| guest.try_clone().ok()).expect("a guest that has joined");
        let talking = move || {
            while stream.write_all(&[0x80 | TEXT, 3, b't', b'e', b'a']).is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        };
        thread::Builder::new().name("talking room".into()).spawn(talking).expect("a thread for the room");
    }

    /// Waits for the guest's close frame, and does not answer it.
    ///
    /// # Panics
    /// When nobody has joined.
    pub fn asked_to_close(&self) -> Result<(), Missed> {
        let mut guest = self.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = guest.as_mut().expect("a guest that has joined");
        let mut search = || {
            stream.set_read_timeout(Some(patience()))?;
            while next_frame(stream)?.0 != CLOSE {}
            io::Result::Ok(())
        };
        search().map_err(|error| {
            let instead = match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "it stays without one".to_owned(),
                _ => format!("it is gone without one: {error}"),
            };
            Missed::new(format!("a close frame of the client, within {}", span(patience())), instead)
        })
    }

    /// Ends the connection, as a room does when the close frames are exchanged.
    pub fn hangs_up(&self) {
        *self.guest.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Host for StuckRoom {
    fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    fn silence(&self) -> Box<dyn Fn() -> String + Send> {
        Box::new(|| "the room is stuck, and hears nothing".into())
    }
}

fn normal(reason: &str) -> CloseFrame {
    CloseFrame { code: 1000.into(), reason: reason.into() }
}

/// Reads one frame of a client: its kind, and what is in it, which clients mask with the four bytes before.
fn next_frame(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let [first, second] = read(stream)?;
    let length = match second & 0x7f {
        126 => u16::from_be_bytes(read(stream)?).into(),
        127 => u64::from_be_bytes(read(stream)?),
        short => short.into(),
    };
    let mask: [u8; 4] = read(stream)?;
    let mut payload = Vec::new();
    stream.take(length).read_to_end(&mut payload)?;
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Ok((first & 0x0f, payload))
}

fn read<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::connect;

    use super::*;

    /// The last word and the reason arrive, and the guest's close frame is seen among its lines.
    #[test]
    fn words_arrive_and_a_close_frame_is_seen() {
        let room = StuckRoom::after(&["the last word"], Some("good night"));
        let (mut guest, _) = connect(room.url()).unwrap();
        room.joined().unwrap();
        guest.send(Message::text("a line ".repeat(30))).unwrap();
        assert_eq!(guest.read().unwrap(), Message::text("the last word"));
        assert_eq!(guest.read().unwrap(), Message::Close(Some(normal("good night"))));
        guest.flush().unwrap();
        room.asked_to_close().unwrap();
    }

    /// Of two pings one is answered, when both lines are there: the last one, or the first.
    #[test]
    fn one_ping_is_answered() {
        for confirmed in [1, 2] {
            let room = StuckRoom::after(&[], None);
            let (mut guest, _) = connect(room.url()).unwrap();
            room.joined().unwrap();
            for number in ["1", "2"] {
                guest.send(Message::text("a line")).unwrap();
                guest.send(Message::Ping(number.into())).unwrap();
            }
            room.answers_once(2, confirmed).unwrap();
            assert_eq!(guest.read().unwrap(), Message::Pong(confirmed.to_string().into()));
        }
    }

    /// The last of two pings is answered, and a goodbye is told by its reason.
    #[test]
    fn late_pong_and_goodbye_are_heard() {
        let room = StuckRoom::after(&[], None);
        let (mut guest, _) = connect(room.url()).unwrap();
        room.joined().unwrap();
        for number in ["1", "2"] {
            guest.send(Message::Ping(number.into())).unwrap();
        }
        room.answers_last_of(2, Duration::ZERO).unwrap();
        assert_eq!(guest.read().unwrap(), Message::Pong("2".into()));
        room.closes("good night");
        assert_eq!(guest.read().unwrap(), Message::Close(Some(normal("good night"))));
    }

    /// A room that talks on is heard, a line waits until it is taken in, and a reason without a letter is none.
    #[test]
    fn talking_room_takes_lines_in() {
        let room = StuckRoom::after(&[], Some(""));
        let (mut guest, _) = connect(room.url()).unwrap();
        room.joined().unwrap();
        assert_eq!(guest.read().unwrap(), Message::Close(None));
        let room = StuckRoom::after(&[], None);
        let (mut guest, _) = connect(room.url()).unwrap();
        room.joined().unwrap();
        guest.send(Message::text("a line")).unwrap();
        assert_eq!(room.next_line().unwrap(), "a line");
        room.talks_on();
        (0..3).for_each(|_| assert_eq!(guest.read().unwrap(), Message::text("tea")));
    }

    /// Pongs come that answer no ping.
    #[test]
    fn unasked_pongs_come() {
        let room = StuckRoom::after(&[], None);
        let (mut guest, _) = connect(room.url()).unwrap();
        room.joined().unwrap();
        room.pongs_unasked();
        for payload in ["".as_bytes(), b"still here", b"\xff", b"-1"] {
            assert_eq!(guest.read().unwrap(), Message::Pong(payload.to_vec().into()));
        }
    }

    /// A guest that is gone without a close frame is told from one that says goodbye.
    #[test]
    fn missing_close_frame_is_missed() {
        let room = StuckRoom::after(&[], None);
        let (guest, _) = connect(room.url()).unwrap();
        room.joined().unwrap();
        drop(guest);
        let missed = room.asked_to_close().unwrap_err();
        assert!(missed.instead.starts_with("it is gone without one"), "{missed}");
    }
}
