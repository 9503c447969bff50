//! The Python side of lesson 08: the same bank overdraws on one thread, or keeps check and act together.

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// The careless bank lets five withdrawals of 100 succeed, on one thread; the room goes on meanwhile.
#[test]
fn careless_bank_overdraws() {
    let Some(program) = script("08_shared_state.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal_with(&program, &room, &["--careless"]);
    room.joined().expect("the guest");
    client.type_raw(&"/withdraw 100\n".repeat(5));
    room.pongs(2).expect("answers to pings, while the approvals wait");
    (0..5).for_each(|_| client.shows("== /withdraw 100: done").expect("a success"));
    client.type_line("/balance");
    client.shows("== /balance: -400").expect("the damage");
}

/// The other one lets one succeed and refuses four; three askers for the rate share one answer.
#[test]
fn careful_bank_lets_one_of_five_succeed() {
    let Some(program) = script("08_shared_state.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program, &room);
    room.joined().expect("the guest");
    client.type_raw(&"/withdraw 100\n".repeat(5));
    (0..4).for_each(|_| client.shows("!! /withdraw 100: refused").expect("a refusal"));
    client.shows("== /withdraw 100: done").expect("a success");
    client.type_raw(&"/rate\n".repeat(3));
    (0..3).for_each(|_| client.shows("== /rate: 1.08").expect("the rate"));
    assert_eq!(client.screen().matches(".. rate").count(), 1, "{}", client.screen());
    client.type_line("/balance");
    client.shows("== /balance: 0").expect("nothing lost");
    client.end_input();
    assert_eq!(client.exits(), Ok(Ended::Status(0)), "{}", client.screen());
}
