//! The Python side of lesson 02: `asyncio` freezes at prompt 1, and a thread reports it while it lasts.

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// The watchdog speaks at the first prompt, before Enter, and once more when the loop runs.
#[test]
fn thread_reports_the_freeze_meanwhile() {
    let Some(program) = script("02_more_threads.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program, &room);
    client.shows("prompt 1").expect("the prompt");
    room.say("the kettle boils");
    client.shows("watchdog: the event loop has not run for 0.").expect("a report before Enter");
    assert!(!client.screen().contains("the kettle boils"), "nothing is shown before Enter");
    client.type_line("hello");
    client.shows("watchdog: it runs again, after ").expect("a report after Enter");
    room.hears("hello").expect("the line");
    room.say("an answer");
    client.shows("prompt 2").expect("the next prompt");
    client.end_input();
    assert_eq!(client.exits(), Ok(Ended::Status(0)), "{}", client.screen());
    assert!(client.screen().contains("<< the kettle boils"), "the message, after Enter");
}
