//! Task 2, say why: the exit status and the last line tell how the visit ended.

use checks::{Client, Explain, ScriptedRoom, no_text_ends_the_visit, program};

use super::common::{DROPPED, TASK_2, TASK_3, both, ends_by, says_goodbye};

/// The status tells a room that closed from a visitor who left.
#[test]
fn status_says_that_the_room_closed() {
    ends_by(&both(), "the room's close frame", |room, _| room.close("good night"), Some(3));
}

/// `/quit` ends the client as the end of input does, and the room does not hear it.
#[test]
fn quit_ends_the_client() {
    let quit = |room: &ScriptedRoom, client: &mut Client| {
        client.type_line("  tea  for two");
        room.hears("  tea  for two").or_explain("a line is changed on its way to the room", TASK_2);
        client.type_line(" /quit");
        room.hears(" /quit")
            .or_explain("an indented `/quit` is a line like others: compare the whole line", TASK_2);
        client.type_line("/quitting time");
        client
            .shows("!! /quitting time: ")
            .or_explain("a line that begins with `/quit` is another one: compare the whole line", TASK_2);
        client.type_line("/quit");
        says_goodbye(room, client, DROPPED, TASK_2);
    };
    ends_by(&both(), "`/quit`", quit, Some(0));
}

/// The end of input ends the client, and the room hears a goodbye.
#[test]
fn end_of_input_ends_the_client() {
    let end = |room: &ScriptedRoom, client: &mut Client| {
        client.end_input();
        says_goodbye(room, client, DROPPED, TASK_3);
    };
    ends_by(&both(), "the end of input", end, Some(0));
}

/// What is no text is an error, told with its line, and no end of input; the room hears goodbye all the same.
#[test]
fn bytes_that_are_no_text_are_an_error() {
    no_text_ends_the_visit(&program!("05")).or_explain(
        "an error of the prompt is taken for the end of input, or ends the visit without a goodbye",
        TASK_2,
    );
}
