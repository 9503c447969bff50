//! The Python side of lesson 05: what hangs at the end, and what does not.

use std::time::Duration;

use checks::{Client, Ended, ScriptedRoom, StuckRoom};
use practice::Leaving;

use crate::script;

/// A way to end the client.
type End = fn(&ScriptedRoom, &mut Client);

/// With a daemon thread every end is prompt, and its status says why.
#[test]
fn daemon_thread_ends_with_the_program() {
    let Some(program) = script("05_clean_exit.py") else { return };
    let ends: [(End, u32); 5] = [
        (|room, _| room.close("good night"), 3),
        (|room, _| room.vanish(), 1),
        (|_, client| client.type_line("/quit"), 0),
        (|_, client| client.end_input(), 0),
        (|_, client| client.interrupt(), 130),
    ];
    for (end, status) in ends {
        let room = ScriptedRoom::open();
        let mut client = Client::on_terminal(&program, &room);
        client.type_line("hello");
        client.shows("<< you: hello").expect("the echo");
        end(&room, &mut client);
        assert_eq!(client.exits(), Ok(Ended::Status(status)), "{}", client.screen());
        client.shows("ended: ").expect("the last line");
        let closed = room.left().expect("the guest leaves").1 == Leaving::Closed;
        assert!(closed || matches!(status, 1 | 3), "a close frame");
    }
}

/// A room that never answers holds nobody, and a second Ctrl-C is heard.
#[test]
fn stuck_room_holds_nobody() {
    let Some(program) = script("05_clean_exit.py") else { return };
    for presses in [1, 2] {
        let room = StuckRoom::after(&["hello"], None);
        let mut client = Client::on_terminal(&program, &room);
        room.joined().expect("the guest");
        client.shows("<< hello").expect("the message");
        client.interrupt();
        room.asked_to_close().expect("a close frame");
        (1..presses).for_each(|_| client.interrupt());
        assert_eq!(client.exits(), Ok(Ended::Status(130)), "{}", client.screen());
    }
}

/// With the prompt in the default executor the program has said its last word, and waits for Enter.
#[test]
fn executor_waits_for_enter() {
    let Some(program) = script("05_clean_exit.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal_with(&program, &room, &["--to-thread"]);
    client.type_line("hello");
    client.shows("<< you: hello").expect("the echo");
    room.close("good night");
    client.shows("ended: the room closed").expect("the last line");
    client.exits_within(Duration::from_secs(1)).expect_err("the thread in readline is joined");
    client.type_line("");
    assert_eq!(client.exits(), Ok(Ended::Status(3)), "{}", client.screen());
}

/// Ctrl-C at such a prompt: one press is not enough, three are.
#[test]
fn ctrl_c_takes_three_presses() {
    let file = "../../course/checks/tests/python/three_presses.py";
    let Some(program) = script(file) else { return };
    let mut client = Client::on_terminal(&program, &ScriptedRoom::open());
    client.shows("ready").expect("the prompt");
    for _ in 0..2 {
        client.interrupt();
        client.exits_within(Duration::from_millis(700)).expect_err("a thread is still joined");
    }
    client.interrupt();
    client.exits().expect("the third press ends it");
}
