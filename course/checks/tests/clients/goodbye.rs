//! The goodbye of a client, as the solutions of the first lessons say it: no reader is held to it yet.

use checks::{Client, Ended, ScriptedRoom};

use super::client;

/// Ten times: what the room answers to the last line is shown, although the input has ended.
#[test]
fn answer_to_the_last_line_is_shown() {
    for round in 1..=10 {
        let room = ScriptedRoom::open();
        let mut client = Client::on_pipes(&client(), &room);
        room.joined().unwrap();
        client.type_line("nearly done");
        client.type_line("good night");
        client.end_input();
        assert_eq!(client.exits().unwrap(), Ended::Status(0), "in round {round}");
        let screen = client.screen();
        assert!(screen.contains("<< you: good night\n"), "in round {round}:\n{screen}");
    }
}
