//! `book/python/03_thread_and_channel.py`: a thread and a queue.

use checks::{Client, Ended, ScriptedRoom, threads};
use practice::Leaving;

use crate::script;

/// A message is shown at the prompt, typed lines arrive in order, and Ctrl-D says goodbye.
#[test]
fn python_bridges_with_a_thread() {
    let Some(script) = script("03_thread_and_channel.py") else { return };
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&script, &room);
    room.pongs(6).unwrap();
    room.say("the kettle boils");
    client.shows("<< the kettle boils").unwrap();
    for line in ["who has a cup?", "two, please"] {
        client.type_line(line);
        room.hears_next(line).unwrap();
        client.shows(&format!("<< you: {line}")).unwrap();
    }
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0));
    assert_eq!(room.left().unwrap().1, Leaving::Closed);
}

/// A thousand piped lines arrive once each, in order.
#[test]
fn python_sends_piped_lines_in_order() {
    let Some(script) = script("03_thread_and_channel.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&script, &room);
    let lines: Vec<String> = (0..1000).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        room.hears_next(line).unwrap();
    }
    assert_eq!(client.exits().unwrap(), Ended::Status(0));
}

/// The reading thread is a daemon: a server that is gone ends the program without Enter.
#[test]
fn python_daemon_does_not_hold_the_process() {
    let Some(script) = script("03_thread_and_channel.py") else { return };
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&script, &room);
    room.pongs(2).unwrap();
    let reading = threads(client.process()).map_or(2, |threads| threads.len());
    assert_eq!(reading, 2, "the loop and the reading thread");
    room.vanish();
    client.shows("the room is gone").unwrap();
    assert_eq!(client.exits().unwrap(), Ended::Status(0));
}
