//! What the solution does beyond the page, and no reader is held to.

use checks::{Client, ScriptedRoom, program};

/// As many commands run at once as may; one more is refused, and says why.
#[test]
fn commands_have_a_limit() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().unwrap();
    (1..64).for_each(|_| client.type_line("/sleep 3600"));
    client.type_line("/stats");
    client.shows("== /stats: ").unwrap();
    client.type_line("/sleep 3600");
    client.type_line("/sleep 3601");
    client.shows("!! /sleep 3601: busy: 64 commands run already").unwrap();
    client.end_input();
    client.exits().unwrap();
}
