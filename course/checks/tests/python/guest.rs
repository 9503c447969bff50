//! A guest written with the Python package `websockets` talks in the practice room.

use std::path::Path;

use checks::{Client, Ended, Program, ScriptedRoom};
use practice::Leaving;

/// A guest that owes nothing to this repository's crates.
fn guest() -> Option<Program> {
    Program::python(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/peer_guest.py"))
}

/// It joins, answers the pings of a strict room, is relayed, and gets the room's word at `/quit`.
#[test]
fn guest_talks_and_quits() {
    let Some(guest) = guest() else { return };
    let room = ScriptedRoom::strict();
    let mut ada = Client::on_pipes(&guest, &room);
    room.joined().unwrap();
    let grace = Client::on_pipes(&guest, &room);
    room.joined().unwrap();
    room.pongs(12).unwrap();
    ada.type_line("good morning");
    room.hears("good morning").unwrap();
    ada.shows("you: good morning").unwrap();
    grace.shows("guest 1: good morning").unwrap();
    ada.type_line("fragments");
    grace.shows("guest 1: in three parts").unwrap();
    ada.type_line("/quit");
    ada.shows("closed 1000: 3 messages sent, 0 of ").unwrap();
    assert_eq!(ada.exits().unwrap(), Ended::Status(0));
    assert_eq!(room.left().unwrap().1, Leaving::Quit);
}

/// What the room refuses, it refuses with a code and a reason that another implementation reads.
#[test]
fn guest_reads_why_it_is_refused() {
    let Some(guest) = guest() else { return };
    let room = ScriptedRoom::open();
    for (line, reason) in [
        ("binary", "1003 (unsupported data) this room takes text messages, not binary ones"),
        ("long", "1009 (message too big) a message of 100000 bytes: this room takes 65536 at most"),
    ] {
        let mut client = Client::on_pipes(&guest, &room);
        room.joined().unwrap();
        client.type_line(line);
        client.shows(reason).unwrap();
        room.left().unwrap();
    }
}

/// The end of the room is an end in order, and its vanishing is none.
#[test]
fn guest_tells_closing_from_vanishing() {
    let Some(guest) = guest() else { return };
    let room = ScriptedRoom::open();
    let client = Client::on_pipes(&guest, &room);
    room.joined().unwrap();
    room.close("closing time");
    client.shows("closed 1000: closing time").unwrap();
    let client = Client::on_pipes(&guest, &room);
    room.joined().unwrap();
    room.vanish();
    client.shows("broken: no close frame received or sent").unwrap();
}
