//! What the harness says of a client that does not do what was expected: frozen, awake, or gone.

use std::{net::TcpStream, thread};

use checks::{Host, ScriptedRoom};
use tokio_tungstenite::tungstenite::{Message, WebSocket, connect, stream::MaybeTlsStream};

/// A guest that reads only when the test does.
fn guest(room: &ScriptedRoom) -> WebSocket<MaybeTlsStream<TcpStream>> {
    let (guest, _) = connect(room.url()).unwrap();
    room.joined().unwrap();
    guest
}

fn silence(room: &ScriptedRoom) -> String {
    Host::silence(room)()
}

/// Where nobody came, nothing was heard.
#[test]
fn empty_room_heard_nothing() {
    assert_eq!(silence(&ScriptedRoom::open()), "the room heard nothing from the client at all");
}

/// A guest that answers no pings is frozen, for as long as it was not heard.
#[test]
fn guest_without_pongs_is_frozen() {
    let room = ScriptedRoom::open();
    let _frozen = guest(&room);
    room.unanswered_pings(5).unwrap();
    assert!(room.is_silent());
    let text = silence(&room);
    assert!(text.starts_with("the room has heard nothing from the client for 1."), "{text}");
}

/// A pong that nobody waited for counts from when it came, not from when somebody asks.
#[test]
fn old_pong_does_not_hide_a_freeze() {
    let room = ScriptedRoom::open();
    let mut guest = guest(&room);
    while !guest.read().unwrap().is_ping() {}
    guest.flush().unwrap();
    // Another room measures the time, so that nobody looks into this one meanwhile.
    let clock = ScriptedRoom::open();
    let _other = self::guest(&clock);
    clock.unanswered_pings(5).unwrap();
    assert!(room.is_silent(), "{}", silence(&room));
}

/// A guest that answers is awake, whatever else it fails to do.
#[test]
fn guest_with_pongs_is_awake() {
    let room = ScriptedRoom::open();
    let mut guest = guest(&room);
    thread::spawn(move || while guest.read().is_ok() {});
    room.pongs(5).unwrap();
    assert!(!room.is_silent());
    let text = silence(&room);
    assert!(text.starts_with("the client is awake: it was heard "), "{text}");
}

/// A guest that left is not frozen, and the way it left is told.
#[test]
fn guest_that_left_is_not_frozen() {
    let room = ScriptedRoom::open();
    let mut guest = guest(&room);
    guest.close(None).unwrap();
    while guest.read().is_ok() {}
    room.left().unwrap();
    assert!(!room.is_silent());
    let text = silence(&room);
    assert!(
        text.starts_with("the client left the room ") && text.ends_with("it sent a close frame"),
        "{text}"
    );
}

/// The next line is the one that was expected, or the other one is named.
#[test]
fn other_line_is_named() {
    let room = ScriptedRoom::open();
    let mut guest = guest(&room);
    guest.send(Message::text("one")).unwrap();
    guest.send(Message::text("three")).unwrap();
    room.hears_next("one").unwrap();
    let missed = room.hears_next("two").unwrap_err();
    assert_eq!(missed.expected, "`two` is the next line to reach the room");
    assert_eq!(missed.instead, "`three` came");
}
