//! What the practice room bears, and what it tells a guest that it sends away.
//!
//! The guests here are blocking sockets, so that a test can also send what no library would.

use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use practice::{Event, Leaving, Mood, Room, Rules, Saw};
use tokio_tungstenite::tungstenite::{
    Message, WebSocket, client,
    protocol::{CloseFrame, WebSocketConfig},
};

/// No cause in these tests takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(10);

/// A guest reads what another says, and both read who said it.
#[test]
fn two_guests_hear_each_other() {
    let room = Room::open(quiet()).unwrap();
    let (mut ada, mut grace) = (Guest::join(&room), Guest::join(&room));
    ada.say("good morning");
    assert_eq!(ada.text(), "you: good morning");
    assert_eq!(grace.text(), "guest 1: good morning");
    grace.say("good evening");
    assert_eq!(ada.text(), "guest 2: good evening");
}

/// What one guest says moves no cursor of another one, and forges no line.
#[test]
fn lines_reach_other_terminals_harmless() {
    let room = Room::open(quiet()).unwrap();
    let (mut ada, mut grace) = (Guest::join(&room), Guest::join(&room));
    ada.say("\x1b]0;owned\x07\u{9b}2J hi\nguest 3: yes\u{202e}");
    let shown = "\u{fffd}]0;owned\u{fffd}\u{fffd}2J hi\u{fffd}guest 3: yes\u{fffd}";
    assert_eq!(grace.text(), format!("guest 1: {shown}"));
    assert_eq!(ada.text(), format!("you: {shown}"));
}

/// One guest alone is talked to, by bots.
#[test]
fn bots_talk_to_each_guest() {
    let room = Room::open(Rules::default()).unwrap();
    let mut guest = Guest::join(&room);
    assert_eq!(guest.text(), "Grace: 1 s since you joined");
    assert_eq!(guest.text(), "Barbara: 2 s since you joined");
}

/// Whatever breaks the protocol is answered with a close frame that says so.
#[test]
fn malformed_frames_get_a_reason() {
    let room = Room::open(quiet()).unwrap();
    for (what, frame) in [
        ("a reserved opcode", masked(0x83, b"x")),
        ("a reserved bit", masked(0xc1, b"x")),
        ("a frame without a mask", b"\x81\x02hi".to_vec()),
        ("a ping in two frames", masked(0x09, b"x")),
        ("a continuation of nothing", masked(0x80, b"x")),
        ("text that is not UTF-8", masked(0x81, b"\xff\xfe")),
        ("a ping that is too long", masked(0x89, &[b'x'; 126])),
    ] {
        let mut guest = Guest::join(&room);
        guest.send_raw(&frame);
        let (code, reason) = guest.closed();
        assert_eq!(code, 1002, "{what}: {reason}");
        assert!(reason.starts_with("malformed message: "), "{what}: {reason}");
    }
    still_serves(&room);
}

/// A message over the limit is refused by its size, the largest allowed one is relayed.
#[test]
fn oversized_message_gets_a_reason() {
    let room = Room::open(quiet()).unwrap();
    let mut guest = Guest::join(&room);
    guest.say(&"x".repeat(64 * 1024));
    assert_eq!(guest.text().len(), "you: ".len() + 64 * 1024);
    guest.say(&"x".repeat(64 * 1024 + 1));
    let too_big = "a message of 65537 bytes: this room takes 65536 at most";
    assert_eq!(guest.closed(), (1009, too_big.into()));
    still_serves(&room);
}

/// The reason arrives although the guest was still sending, and a reset would have thrown it away.
#[test]
fn huge_message_does_not_lose_its_reason() {
    let room = Room::open(quiet()).unwrap();
    let mut guest = Guest::join(&room);
    guest.say(&"x".repeat(10 * 1024 * 1024));
    assert_eq!(guest.closed().0, 1009);
    still_serves(&room);
}

/// Parts that are small add up: their sum is limited, too.
#[test]
fn endless_fragments_are_refused() {
    let room = Room::open(quiet()).unwrap();
    let mut guest = Guest::join(&room);
    guest.send_raw(&masked(0x01, &[b'x'; 32 * 1024]));
    guest.send_raw(&masked(0x00, &[b'x'; 32 * 1024]));
    guest.send_raw(&masked(0x00, b"x"));
    assert_eq!(guest.closed().0, 1009);
}

/// A binary message is refused in words.
#[test]
fn binary_message_gets_a_reason() {
    let room = Room::open(quiet()).unwrap();
    let mut guest = Guest::join(&room);
    guest.socket.send(Message::binary(vec![1, 2, 3])).unwrap();
    assert_eq!(guest.closed(), (1003, "this room takes text messages, not binary ones".into()));
    still_serves(&room);
}

/// Connections that never become guests cost nothing, and are ended.
#[test]
fn port_scan_leaves_the_room_open() {
    let room = Room::open(quiet()).unwrap();
    let silent = dial(&room);
    for garbage in
        [&b""[..], b"\x00\x01\x02\xff", b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-scan\r\n", &[b'A'; 100_000]]
    {
        let mut stream = dial(&room);
        let _ = stream.write_all(garbage);
    }
    still_serves(&room);
    let ended = { &silent }.read(&mut [0; 16]);
    assert!(!is_late(&ended), "a connection that says nothing stays open: {ended:?}");
}

/// A page of another machine is refused in words and hears nothing; one of this machine, and a program, come in.
#[test]
fn foreign_page_is_refused() {
    let (room, events) = Room::open_watched(quiet()).unwrap();
    let shake = |origin: &str| {
        let mut stream = dial(&room);
        let request = format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{origin}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    for origin in ["https://example.org", "null", "http://localhost.example.org:3000"] {
        let mut answer = String::new();
        shake(&format!("Origin: {origin}\r\n")).read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
        let sentence = "This room takes programs, and pages of this machine; the page is from ";
        assert!(answer.ends_with(&format!("\r\n\r\n{sentence}{origin}.\n")), "{answer}");
    }
    assert!(events.try_recv().is_err(), "nobody came in");
    for origin in ["", "Origin: http://127.0.0.1:3000\r\n", "Origin: http://[::1]:3000\r\n"] {
        let mut first = [0; 12];
        let mut stream = shake(origin);
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 101", "{origin}");
        next(&events, |event| matches!(event, Event::Joined(_)).then_some(()));
    }
    still_serves(&room);
}

/// A guest that reads nothing is dropped, however long it goes on, and what waited for it is thrown away.
#[test]
fn slow_reader_is_dropped() {
    let (room, events) = Room::open_watched(Rules { queue: 8, ..quiet() }).unwrap();
    let mut slow = Guest::join(&room);
    let (mut said, began) = (0, Instant::now());
    let leaving = loop {
        assert!(began.elapsed() < PATIENCE, "{said} messages wait for one guest");
        room.say(&"x".repeat(60 * 1024));
        said += 1;
        // A pause for the room, which ends with the event.
        if let Ok(Event::Left(_, _, leaving)) = events.recv_timeout(Duration::from_millis(5)) {
            break leaving;
        }
    };
    assert_eq!(leaving, Leaving::Dropped("you read too slowly: 8 messages wait for you".into()));
    let taken = std::iter::from_fn(|| slow.read().ok()).filter(Message::is_text).count();
    assert!(taken + 8 < said, "{taken} of {said} messages were kept");
    still_serves(&room);
}

/// The reason reaches a slow guest that reads again soon.
#[test]
fn slow_reader_learns_why() {
    let (room, events) = Room::open_watched(Rules { queue: 400, ..quiet() }).unwrap();
    let mut slow = Guest::join(&room);
    next(&events, |event| matches!(event, Event::Joined(_)).then_some(()));
    let fill = || (0..400).for_each(|_| room.say(&"x".repeat(60 * 1024)));
    fill();
    // The room writes and does not read by now: this line would turn its close into a reset.
    slow.say("hello?");
    fill();
    for _ in 0..4 {
        // Slow, but reading: what the room could not send yet is still to come.
        slow.read().unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    let (code, reason) = slow.closed();
    assert_eq!(code, 1008);
    assert!(reason.starts_with("you read too slowly: 400 messages wait for you; the room saw: "), "{reason}");
    still_serves(&room);
}

/// A guest that says much and never reads its echoes is dropped, whatever others say.
#[test]
fn flood_without_reading_is_dropped() {
    let (room, events) = Room::open_watched(quiet()).unwrap();
    let mut flood = Guest::join(&room);
    flood.socket.get_mut().set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let line = "x".repeat(60 * 1024);
    while flood.socket.send(Message::text(line.clone())).is_ok() {}
    let (_, leaving) = next(&events, left);
    assert_eq!(leaving, Leaving::Dropped("you read too slowly: an echo waited for 2 s".into()));
    still_serves(&room);
}

/// A strict room drops a guest that answers no pings, and tells it what it saw.
#[test]
fn strict_room_drops_a_silent_guest() {
    let (room, events) = Room::open_watched(Rules { mood: Mood::Strict, ..quiet() }).unwrap();
    let mut silent = Guest::join(&room);
    let (saw, leaving) = next(&events, left);
    let Leaving::Dropped(reason) = leaving else { panic!("{leaving:?}") };
    assert!(reason.starts_with("no pong for 1."), "{reason}");
    assert!(saw.pings >= 3 && saw.pongs == 0 && saw.longest_silence > Duration::from_secs(1), "{saw:?}");
    // Read as bytes: a library answers the pings first, and loses the reason to a broken pipe.
    let mut bytes = Vec::new();
    silent.socket.get_mut().read_to_end(&mut bytes).unwrap();
    let told = String::from_utf8_lossy(&bytes);
    assert!(told.contains(&format!("{reason}; the room saw: 0 messages sent")), "{told}");
    still_serves(&room);
}

/// A strict room also drops a guest whose connection takes no more messages.
#[test]
fn strict_room_drops_a_guest_that_takes_nothing() {
    let (room, events) = Room::open_watched(Rules { mood: Mood::Strict, ..quiet() }).unwrap();
    let _stuck = Guest::join(&room);
    next(&events, |event| matches!(event, Event::Joined(_)).then_some(()));
    for _ in 0..400 {
        room.say(&"x".repeat(60 * 1024));
    }
    let (_, leaving) = next(&events, left);
    let Leaving::Dropped(reason) = leaving else { panic!("{leaving:?}") };
    assert!(reason.starts_with("no message taken for 1."), "{reason}");
}

/// A lenient room keeps a guest that answers nothing, three times as long as a strict one would.
#[test]
fn lenient_room_keeps_a_silent_guest() {
    let (room, events) = Room::open_watched(hasty(Mood::Lenient)).unwrap();
    let mut silent = Guest::join(&room);
    for _ in 0..12 {
        next(&events, |event| matches!(event, Event::Ping(_)).then_some(()));
    }
    silent.say("still here");
    assert_eq!(silent.text(), "you: still here");
}

/// A guest that answers is kept by a strict room.
#[test]
fn strict_room_keeps_a_guest_that_answers() {
    let (room, events) = Room::open_watched(hasty(Mood::Strict)).unwrap();
    let mut guest = Guest::join(&room);
    let reading = std::thread::spawn(move || guest.closed());
    for _ in 0..12 {
        next(&events, |event| matches!(event, Event::Pong(_)).then_some(()));
    }
    room.close("closing time");
    assert_eq!(reading.join().unwrap(), (1000, "closing time".into()));
}

/// `/quit` is answered with what the room saw.
#[test]
fn quit_gets_the_rooms_word() {
    let (room, events) = Room::open_watched(quiet()).unwrap();
    let mut guest = Guest::join(&room);
    guest.say("one");
    guest.say("/quit");
    let (code, word) = guest.closed();
    assert_eq!(code, 1000);
    assert!(word.starts_with("2 messages sent, 0 of 0 pings missed, longest silence 0."), "{word}");
    assert_eq!(next(&events, left).1, Leaving::Quit);
}

/// What the room says right before it closes arrives before its close frame, 20 times of 20.
#[test]
fn last_words_come_before_the_close_frame() {
    for _ in 0..20 {
        let (room, events) = Room::open_watched(quiet()).unwrap();
        let mut guest = Guest::join(&room);
        next(&events, |event| matches!(event, Event::Joined(_)).then_some(()));
        room.say("one last word");
        room.say("and another");
        room.close("closing time");
        assert_eq!([guest.text(), guest.text()], ["one last word", "and another"]);
        assert_eq!(guest.closed(), (1000, "closing time".into()));
    }
}

/// A close frame of the guest is answered, and told apart from a connection that broke.
#[test]
fn leaving_in_order_is_told_from_vanishing() {
    let (room, events) = Room::open_watched(quiet()).unwrap();
    let mut polite = Guest::join(&room);
    polite.socket.close(None).unwrap();
    while polite.socket.read().is_ok() {}
    assert_eq!(next(&events, left).1, Leaving::Closed);
    drop(Guest::join(&room));
    assert!(matches!(next(&events, left).1, Leaving::Vanished(_)));
}

/// A room that vanishes says no word; one that is dropped frees its port.
#[test]
fn dropped_room_frees_its_port() {
    let (room, events) = Room::open_watched(quiet()).unwrap();
    let mut cut = Guest::join(&room);
    next(&events, |event| matches!(event, Event::Joined(_)).then_some(()));
    room.vanish();
    assert!(matches!(cut.read(), Err(text) if text.contains("without closing handshake")));
    let address = room.url()["ws://".len()..].to_owned();
    drop(room);
    assert!(TcpStream::connect(address).is_err(), "somebody still listens");
}

/// A port in use is named.
#[test]
fn port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let Err(error) = Room::open(Rules { port, ..quiet() }) else { panic!("two rooms on one port") };
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port} is in use")), "{text}");
}

/// A lenient room without bots.
fn quiet() -> Rules {
    Rules { bots: false, ..Rules::default() }
}

/// The same at a faster pace: four pings to the patience of a strict room.
fn hasty(mood: Mood) -> Rules {
    let (ping_every, patience) = (Duration::from_millis(100), Duration::from_millis(400));
    Rules { mood, ping_every, patience, ..quiet() }
}

fn dial(room: &Room) -> TcpStream {
    let stream = TcpStream::connect(&room.url()["ws://".len()..]).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A frame as a client sends it, under a mask of zeros.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        short @ ..126 => vec![0x80 | short as u8],
        long => [&[0x80 | 126][..], &(long as u16).to_be_bytes()].concat(),
    };
    [&[first][..], &length, &[0; 4], payload].concat()
}

/// Whether a read ended by its timeout.
fn is_late(read: &std::io::Result<usize>) -> bool {
    matches!(read, Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// A new guest is let in and heard.
fn still_serves(room: &Room) {
    let mut guest = Guest::join(room);
    guest.say("is the room open?");
    assert_eq!(guest.text(), "you: is the room open?");
}

/// Waits for the first event that `wanted` picks.
fn next<T>(events: &Receiver<Event>, wanted: impl Fn(Event) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let event = events.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        if let Some(found) = wanted(event.expect("the event in time")) {
            return found;
        }
    }
}

fn left(event: Event) -> Option<(Saw, Leaving)> {
    match event {
        Event::Left(_, saw, leaving) => Some((saw, leaving)),
        _ => None,
    }
}

/// A guest that does what the test says and nothing else; it answers pings only while it reads.
struct Guest {
    /// Its connection.
    socket: WebSocket<TcpStream>,
}

impl Guest {
    fn join(room: &Room) -> Guest {
        // What the room says may be longer than what it takes.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let joined = client::client_with_config(room.url(), dial(room), Some(config));
        Guest { socket: joined.expect("a handshake").0 }
    }

    /// Sends a line; a room that ends the connection meanwhile is noticed by the next read.
    fn say(&mut self, line: &str) {
        let _ = self.socket.send(Message::text(line));
    }

    fn send_raw(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).unwrap();
    }

    fn read(&mut self) -> Result<Message, String> {
        self.socket.read().map_err(|error| error.to_string())
    }

    /// The next text message; pings are answered on the way.
    fn text(&mut self) -> String {
        loop {
            if let Message::Text(text) = self.read().expect("a message") {
                return text.to_string();
            }
        }
    }

    /// Reads on to the close frame: its code and its reason.
    fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.read().expect("a close frame") {
                let CloseFrame { code, reason } = frame.expect("a reason");
                // The answer to it goes out here.
                while self.socket.read().is_ok() {}
                return (code.into(), reason.to_string());
            }
        }
    }
}
