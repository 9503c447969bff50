//! `book/python/04_spawn_blocking.py`: function and arguments in, result out.

use checks::{Client, Ended, Gate, ScriptedRoom};
use practice::Leaving;

use crate::script;

/// Messages are shown at the prompt and while a command runs; an exception is one line; Ctrl-D says goodbye.
#[test]
fn python_offloads_prompt_and_commands() {
    let Some(script) = script("04_spawn_blocking.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&script, &room);
    room.joined().unwrap();
    room.say("the kettle boils");
    client.shows("<< the kettle boils").unwrap();
    let mut gate = Gate::shut();
    client.type_line(&gate.command());
    gate.blocks_a_job().unwrap();
    client.type_line("who has a cup?");
    room.hears("who has a cup?").unwrap();
    client.shows("<< you: who has a cup?").unwrap();
    gate.open("hot water");
    client.shows(&format!("== {}: hot water", gate.command())).unwrap();
    client.type_line("/sleep -1");
    client.shows("!! /sleep -1: sleep length must be non-negative").unwrap();
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0));
    assert_eq!(room.left().unwrap().1, Leaving::Closed);
}
