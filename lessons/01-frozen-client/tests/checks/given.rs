//! The client is frozen, and stays so: these checks are green before you change a line.

use checks::{Client, Explain, ScriptedRoom, check, no_text_ends_the_visit, program};
use practice::Leaving;

use super::common::{IDEA, THAWED, UNSENT, ends, prompted, unless_panicked};

/// While stdin is silent nothing is shown and no ping answered; Enter lets all of it through.
#[test]
fn frozen_while_stdin_is_silent() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("01"), &room);
    prompted(&client, &room);
    room.say("the kettle boils");
    room.unanswered_pings(2).or_explain(THAWED, IDEA);
    let early = client.screen().contains("the kettle boils");
    check(!early, "nothing is shown before Enter", "the message was shown at the prompt")
        .or_explain(THAWED, IDEA);
    client.type_line("hello");
    client.shows("<< the kettle boils").or_explain("messages are not shown after a line was sent", IDEA);
    room.hears("hello").or_explain(UNSENT, IDEA);
}

/// A strict room drops the frozen client, whose next send succeeds all the same.
#[test]
fn dropped_client_still_sends() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("01"), &room);
    prompted(&client, &room);
    let (saw, leaving) = room.left().or_explain(THAWED, IDEA);
    check(matches!(leaving, Leaving::Dropped(_)), "the room drops the client", leaving.to_string())
        .or_explain("the client left by itself", IDEA);
    check(saw.messages == 0, "the room heard no line", saw.to_string())
        .or_explain("a line is sent early", IDEA);
    client.type_line("hello");
    client.shows("sent: hello").or_explain(UNSENT, IDEA);
    ends(&client, "the broken connection does not end the loop");
    // A reset connection takes the room's close frame with it, unless that was read first.
    let screen = client.screen();
    let told = screen.contains("the room is gone") || screen.contains("the room closed: no pong");
    check(told, "the client says why it ends", screen)
        .or_explain(unless_panicked(&client, "an error is dropped where `?` is due"), IDEA);
}

/// What is no text is an error, told with its line, and no end of input; the room hears goodbye all the same.
#[test]
fn bytes_that_are_no_text_are_an_error() {
    no_text_ends_the_visit(&program!("01")).or_explain("`line?` or the call of `leave` was changed", IDEA);
}
