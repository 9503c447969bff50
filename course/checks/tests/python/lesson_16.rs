//! The Python side of lesson 16: the way back works from a job, and `.result()` on the loop's own thread hangs for ever.

use std::fs;

use checks::{Client, Ended, ScriptedRoom};
use practice::Rules;

use crate::script;

/// The plugin tells its find and waits for the room, while the room talks; then it is done.
#[test]
fn plugin_waits_for_the_room() {
    let Some(program) = script("16_the_way_back.py") else { return };
    let room = ScriptedRoom::with(Rules { bots: false, relay: false, ..Rules::default() });
    let folder = std::env::temp_dir().join(format!("python 16 {}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a"), "ice").unwrap();
    let mut client = Client::on_terminal(&program, &room);
    room.joined().expect("the guest");
    client.type_line(&format!("/scan ice {}", folder.display()));
    room.hears("ice is in a").expect("the find");
    room.pongs(2).expect("answers to pings, while the plugin waits");
    room.say("the kettle boils");
    client.shows("<< the kettle boils").expect("the message");
    room.say("you: ice is in a");
    client.shows(": 1 finds").expect("the end of the scan");
    client.type_line(&format!("/scan ice {}", folder.display()));
    client.shows("!! /scan ice").expect("the limit, where the room never answers");
    client.type_line("/tell hello");
    client.shows("!! /tell hello: refused: ").expect("a refusal on the loop's own thread");
    client.end_input();
    assert_eq!(client.exits(), Ok(Ended::Status(0)), "{}", client.screen());
    fs::remove_dir_all(&folder).unwrap();
}

/// Without the question the loop waits for itself: 12 pings in a row, and none of them is answered.
#[test]
fn result_on_the_loop_hangs() {
    let Some(program) = script("16_the_way_back.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal_with(&program, &room, &["--careless"]);
    room.joined().expect("the guest");
    client.type_line("/tell hello");
    room.unanswered_pings(12).expect("a loop that stands still, past the limit");
    assert!(!client.screen().contains("/tell hello:"), "{}", client.screen());
}
