//! Typing does not stop what is read meanwhile: a program may have much to say before it takes in what is typed.
#![cfg(unix)]

use checks::{Client, Program, ScriptedRoom, patience, within};

/// Takes one key, asks where the cursor is, prints far more than a terminal holds, and only then reads on.
const FLOOD: &str = r#"
    stty raw -echo; echo ready
    dd bs=1 count=1 2>/dev/null >/dev/null
    printf '\033[6n'; head -c 1000000 /dev/zero | tr '\0' .
    echo over; exec cat >/dev/null
"#;

/// A paste that is longer than a terminal holds arrives although the program prints first.
#[test]
fn paste_waits_for_no_output() {
    let room = ScriptedRoom::open();
    let program = Program::at("sh").leading("-c").leading(FLOOD).leading("sh");
    let mut client = Client::on_terminal(&program, &room);
    client.shows("ready").unwrap();
    let typing = move || {
        client.type_raw(&"x".repeat(200_000));
        client
    };
    let client = within(patience(), "a long paste is taken in", typing).unwrap();
    client.shows("over").unwrap();
}
