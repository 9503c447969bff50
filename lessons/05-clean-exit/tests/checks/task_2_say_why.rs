//! Task 2, say why: the exit status and the last line tell how the visit ended.

use checks::{Client, ScriptedRoom};

use super::common::{TASK_3, both, ends_by, says_goodbye};

/// The status tells a room that closed from a visitor who left.
#[test]
fn status_says_that_the_room_closed() {
    ends_by(&both(), "the room's close frame", |room, _| room.close("good night"), Some(3));
}

/// `/quit` ends the client.
#[test]
fn quit_ends_the_client() {
    ends_by(&both(), "`/quit`", |_, client| client.type_line("/quit"), Some(0));
}

/// The end of input ends the client, and the room hears a goodbye.
#[test]
fn end_of_input_ends_the_client() {
    let end = |room: &ScriptedRoom, client: &mut Client| {
        client.end_input();
        says_goodbye(room, "the connection is dropped where `close` is due", TASK_3);
    };
    ends_by(&both(), "the end of input", end, Some(0));
}
