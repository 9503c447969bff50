//! A terminal's torture: whatever is typed, pasted or resized, nothing panics, the line arrives as it was typed,
//! and the terminal is as it was.
//!
//! No reader is held to this; it says what the editor was chosen for. Run it: `cargo test -p solution-14 --test torture`.
//! Keys are the bytes that a terminal of Unix sends; a console of Windows knows keys only.
#![cfg(unix)]

use std::num::NonZeroU16;

use checks::{Client, Ended, ScriptedRoom, patience, program};

const ROWS: NonZeroU16 = NonZeroU16::new(24).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(80).unwrap();

/// A client that has joined, in a terminal.
fn joined() -> (ScriptedRoom, Client) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("14"), &room);
    room.joined().unwrap();
    client.shows("> ").unwrap();
    (room, client)
}

/// Types a last line, which must arrive, and leaves: nobody has panicked, and the settings are as they were.
fn ends_well(room: &ScriptedRoom, mut client: Client, what: &str) {
    // Ctrl-U: whatever is half typed is thrown away.
    client.type_raw("\x15");
    client.type_line("good night");
    room.hears("good night").map_err(|missed| format!("{what}: {missed}")).unwrap();
    client.type_line("/quit");
    let ended = client.exits().map_err(|missed| format!("{what}: {missed}")).unwrap();
    assert_eq!(ended, Ended::Status(0), "{what}: {}", client.screen());
    assert!(!client.screen().contains("panicked"), "{what}: {}", client.screen());
    client.leaves_the_terminal_as_it_was().map_err(|missed| format!("{what}: {missed}")).unwrap();
}

/// Each key with Control, behind accents, but for those that end the line or the client.
#[test]
fn every_control_key() {
    let (room, mut client) = joined();
    for key in ('\x01'..='\x1a').filter(|key| !matches!(key, '\x03' | '\x04' | '\n' | '\r' | '\x12' | '\x13'))
    {
        client.type_raw("olé amigo öü");
        client.type_raw(&format!("{key}{key}"));
        client.type_raw("\x15\x0b");
    }
    ends_well(&room, client, "Ctrl-A to Ctrl-Z");
}

/// Ctrl-J ends a line as Enter does, and a search is left with Ctrl-G.
#[test]
fn other_ends_of_a_line() {
    let (room, mut client) = joined();
    client.type_raw("one\ntwo\rthree\r\n");
    for line in ["one", "two", "three"] {
        room.hears_next(line).unwrap();
    }
    client.type_raw("\x12tw\x07");
    ends_well(&room, client, "Ctrl-J and Ctrl-R");
}

/// Arrows and other keys, with each modifier, and Alt with letters.
#[test]
fn keys_with_modifiers() {
    let (room, mut client) = joined();
    for modifier in 1..=8 {
        client.type_raw("the kettle boils");
        for key in ["A", "B", "C", "D", "F", "H", "P", "Q"] {
            client.type_raw(&format!("\x1b[1;{modifier}{key}\x1b[{key}\x1bO{key}"));
        }
        for key in [2, 3, 5, 6, 15, 24, 99] {
            client.type_raw(&format!("\x1b[{key};{modifier}~\x1b[{key}~"));
        }
        client.type_raw("\x1bb\x1bf\x1bd\x1bu\x1bl\x1bc\x1bt\x1b\x7f\x1b<\x1b>\x1b3x\x1b-");
        client.type_raw("\x07\x15\x0b");
    }
    ends_well(&room, client, "modifiers");
}

/// Letters of every width and direction arrive as they were typed, and can be deleted.
#[test]
fn letters_of_every_kind() {
    let (room, mut client) = joined();
    for line in [
        "ole\u{301} amigo",
        "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{30c6}\u{30ad}\u{30b9}\u{30c8}",
        "👩\u{200d}💻 👨\u{200d}👩\u{200d}👧 🏳\u{fe0f}\u{200d}🌈",
        "שלום עולם",
        "مرحبا",
        "a\u{300}\u{301}\u{302}\u{303}\u{304}",
        "   indented, and  two blanks  ",
        &"wide \u{5b57} ".repeat(200),
    ] {
        client.type_line(line);
        room.hears_next(line).unwrap();
        client.type_raw(line);
        client.type_raw("\x17\x17\x7f\x7f\x1b[D\x1b[D\x7f\x08");
        client.type_raw("\x05\x15");
    }
    ends_well(&room, client, "letters");
}

/// A paste of ten thousand characters in lines arrives, marked as a paste or not.
#[test]
fn long_pastes() {
    let (room, mut client) = joined();
    let lines: Vec<String> = (0..200).map(|number| format!("{number:>4} {}", "x".repeat(45))).collect();
    client.type_raw(&(lines.join("\r") + "\r"));
    lines.iter().for_each(|line| room.hears_next(line).unwrap());
    client.type_raw(&format!("\x1b[200~{}\x1b[201~\r", lines.join("\n")));
    lines.iter().for_each(|line| room.hears_next(line).unwrap());
    let long = "y".repeat(10_000);
    client.type_line(&long);
    room.hears_next(&long).unwrap();
    ends_well(&room, client, "pastes");
}

/// NUL, an escape that is cut off, and a paste that never ends.
#[test]
fn what_no_keyboard_sends() {
    for odd in [
        "\0",
        "\0\0\0",
        "\x1b",
        "\x1b[",
        "\x1b[1;",
        "\x1bO",
        "\x1b[<0;1;1M",
        "\x1b]0;title",
        "\x7f\x7f",
        "\x1f",
    ] {
        let (room, mut client) = joined();
        client.type_raw("half");
        client.type_raw(odd);
        // What the escape waits for.
        client.type_raw("zz\r\x07\r");
        ends_well(&room, client, &format!("{odd:?}"));
    }
}

/// Windows of every size, while a line is typed and messages come.
#[test]
fn windows_of_every_size() {
    let (room, mut client) = joined();
    let line =
        "a line of some length, with olé and \u{5b57}, that needs more than one row of a narrow window";
    for size in
        [(0, 0), (1, 1), (2, 1), (3, 50), (500, 200), (80, 1), (1, 200), (7, 3), (0, 24), (80, 0), (80, 24)]
    {
        client.resize(size);
        client.type_raw(line);
        room.say("\u{5b57}".repeat(30).as_str());
        client.type_raw("\x1b[D\x1b[D\x17");
        client.type_raw("\x05\x15");
        client.type_line(line);
        room.hears_next(line).map_err(|missed| format!("{size:?}: {missed}")).unwrap();
    }
    ends_well(&room, client, "sizes");
}

/// The prompt is gone at the end, and pastes are no longer marked.
#[test]
fn nothing_is_left_on_the_screen() {
    for end in ["/quit\r", "\x04", "\x03"] {
        let (_room, mut client) = joined();
        client.type_raw(end);
        client.exits().unwrap();
        let mut display = vt100::Parser::new(ROWS, COLUMNS, 0);
        display.process(&client.take_output(patience()));
        let shown = display.screen().contents();
        let last = shown.lines().next_back().unwrap_or_default();
        assert!(last.starts_with("ended: "), "{end:?}: {shown}");
        assert_eq!(display.screen().cursor_position().1, 0, "{end:?}: the cursor is not where a line begins");
        let screen = client.screen();
        assert!(screen.rfind("\x1b[?2004l") > screen.rfind("\x1b[?2004h"), "{end:?}: pastes stay marked");
    }
}

/// A client that stands still for a while goes on, at Ctrl-Z too.
#[test]
fn suspended_and_continued() {
    let (room, mut client) = joined();
    let signal = |client: &Client, name: &str| {
        let killed = std::process::Command::new("kill").args([name, &client.process().to_string()]).status();
        assert!(killed.unwrap().success());
    };
    for stop in ["-STOP", "-TSTP"] {
        client.type_raw("half ");
        signal(&client, stop);
        client.type_raw("a line\r");
        signal(&client, "-CONT");
        room.hears_next("half a line").unwrap();
    }
    client.type_raw("half \x1aa line\r");
    room.hears_next("half a line").unwrap();
    ends_well(&room, client, "stopped");
}

/// A hang-up ends the client, and not with success.
#[test]
fn hang_up_ends_it() {
    let (_room, client) = joined();
    let process = client.process().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &process]).status().unwrap().success());
    assert_eq!(client.exits().unwrap(), Ended::Signal);
}
