//! The Python side of lesson 14: the outbox, the way back, and what Ctrl-C cancels.

use checks::{Client, Door, Ended, ScriptedRoom};

use crate::script;

/// Lines that are typed while the door is shut arrive once each, in order.
#[test]
fn python_comes_back_and_loses_no_line() {
    let Some(script) = script("14_thawed_client.py") else { return };
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_pipes(&script, &door);
    room.joined().unwrap();
    room.say("welcome");
    client.shows("<< welcome").unwrap();
    door.shut();
    client.shows("the room is gone").unwrap();
    let lines = ["one", "two", "three"];
    lines.iter().for_each(|line| client.type_line(line));
    door.knocks(2).unwrap();
    door.open();
    lines.iter().for_each(|line| room.hears_next(line).unwrap());
    client.type_line("/quit");
    assert_eq!(client.exits().unwrap(), Ended::Status(0), "{}", client.screen());
}

/// Ctrl-C cancels the job first and ends the client second, and a worker that crashes breaks the whole pool.
#[test]
fn python_cancels_the_job_first() {
    let Some(script) = script("14_thawed_client.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&script, &room);
    room.joined().unwrap();
    room.say("welcome");
    client.shows("<< welcome").unwrap();
    client.type_line("/primes 3000000000");
    client.type_line("still here");
    room.hears_next("still here").unwrap();
    client.interrupt();
    client.shows("!! /primes 3000000000: cancelled; its job is abandoned").unwrap();
    client.type_line("/crash");
    client.shows("!! /crash: BrokenProcessPool(").unwrap();
    client.type_line("/primes 100");
    client.shows("!! /primes 100: BrokenProcessPool(").unwrap();
    client.interrupt();
    assert_eq!(client.exits().unwrap(), Ended::Status(130), "{}", client.screen());
}
