//! What becomes of a client whose stdin holds no text: a check that the first lessons share.

use practice::Leaving;

use crate::{
    client::{Client, Ended},
    missed::{Missed, check},
    program::Program,
    room::ScriptedRoom,
};

/// A line, one that is no UTF-8, and one more: the visit ends as an error that names stdin and the second, and with a close frame.
pub fn no_text_ends_the_visit(program: &Program) -> Result<(), Missed> {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(program, &room);
    client.type_bytes(b"hello\nol\xe9\nafter it\n");
    client.end_input();
    room.hears("hello").map_err(|missed| match missed.instead.starts_with("the client left") {
        true => missed.because("a line is lost, or the end comes before it"),
        false => missed,
    })?;
    let ended = client.exits()?;
    client.shows("stdin, line 2").map_err(|missed| match client.screen().contains("panicked at") {
        true => missed.because("the client panicked, and its own text says where"),
        false => missed,
    })?;
    let (saw, leaving) = room.left()?;
    check(ended != Ended::Status(0), "an exit status that is not 0", ended.to_string()).map_err(
        |missed| {
            missed.because(match client.screen().contains("panicked at") {
                true => {
                    "a panic is no error: the thread that reads ends, and the client as at an end of input"
                }
                false if saw.messages > 1 => {
                    "the line is told and passed over: an error of stdin ends the visit"
                }
                false => "`run` tells the error and does not return it",
            })
        },
    )?;
    check(leaving == Leaving::Closed, "a close frame after a line that is no text", leaving.to_string())
}
