//! What goes wrong outside of the client: these checks are green before you change a line.

use checks::{Client, Ended, Explain, ScriptedRoom, check, no_text_ends_the_visit, program};

use super::common::IDEA;

/// Where no room answers, one sentence says so, and the status is 1.
#[test]
fn refused_connection_is_one_sentence() {
    let room = ScriptedRoom::open();
    // Nobody listens on port 1; the later address counts.
    let client = Client::on_pipes_with(&program!("03"), &room, &["--server", "ws://127.0.0.1:1"]);
    let ended = client.exits().or_explain("`run` goes on without a room", IDEA);
    let screen = client.screen();
    let is_clear =
        screen.starts_with("error: no room answers at ws://127.0.0.1:1") && screen.lines().count() == 1;
    check(
        is_clear && ended == Ended::Status(1),
        "one sentence, and status 1",
        format!("{ended}, `{screen}`"),
    )
    .or_explain("the error of `practice::connect` is not returned with `?`", IDEA);
}

/// What is no text is an error, told with its line, and no end of input; the room hears goodbye all the same.
#[test]
fn bytes_that_are_no_text_are_an_error() {
    no_text_ends_the_visit(&program!("03"))
        .or_explain("an error of `read_line` is not handed over as it is, or another function reads;\nor the end is without `leave`", IDEA);
}
