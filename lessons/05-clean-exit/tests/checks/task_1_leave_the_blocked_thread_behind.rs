//! Task 1, leave the blocked thread behind: a room that ends the visit ends the client, without another key.

use checks::{Client, ScriptedRoom};

use super::common::{all_shown, both, ends_by};

/// A room that closes ends the client, although nobody presses Enter.
#[test]
fn room_that_closes_ends_the_client() {
    let close = |room: &ScriptedRoom, _: &mut Client| room.close("good night");
    let screen = ends_by(&both(), "the room's close frame", close, None);
    all_shown(&screen, &["the room closed: good night", "longest freeze: "], 1);
}

/// So does a room that is gone without a word; that is an error.
#[test]
fn room_that_vanishes_ends_the_client() {
    ends_by(&both(), "the end of the connection", |room, _| room.vanish(), Some(1));
}
