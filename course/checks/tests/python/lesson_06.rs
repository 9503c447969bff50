//! The Python side of lesson 06: the same client, and where `cancel()` differs from `abort()`.

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// What was finished at the limit is told, and the room is shown meanwhile.
#[test]
fn slow_job_stops_at_its_limit() {
    let Some(program) = script("06_cancellation.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program, &room);
    room.joined().expect("the guest");
    client.type_line("/slow 30");
    room.say("the kettle boils");
    client.shows("<< the kettle boils").expect("the message");
    client.shows("== /slow 30: stopped after ").expect("what was finished");
    client.type_line("/slow 2");
    client.shows("== /slow 2: finished 2 of 2 parts").expect("a job that is short enough");
    client.end_input();
    assert_eq!(client.exits(), Ok(Ended::Status(0)), "{}", client.screen());
}

/// An answer in time goes to the prompt; after a prompt without one the next line goes to the room.
#[test]
fn dropped_prompt_takes_no_line() {
    let Some(program) = script("06_cancellation.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program, &room);
    room.joined().expect("the guest");
    client.type_line("/ask");
    client.shows("?? your name?").expect("the prompt");
    client.type_line("Ada");
    client.shows("== /ask: hello, Ada").expect("the answer");
    client.type_line("/ask");
    client.shows("!! /ask: timed out").expect("the end of the prompt");
    client.type_line("hello all");
    assert_eq!(room.next_line(), Ok("hello all".into()));
}

/// `cancel()` raises at once for a running job, which goes on; a job in the queue never runs.
#[test]
fn cancel_answers_at_once_and_the_thread_goes_on() {
    let Some(program) = script("../../course/checks/tests/python/cancel_differs.py") else { return };
    let client = Client::on_terminal(&program, &ScriptedRoom::open());
    client.shows("running: CancelledError, while the gate is closed").expect("an answer before the job ends");
    client.shows("queued: CancelledError, while the gate is closed").expect("an answer before its turn");
    client.shows("ran to the end: ['running']").expect("one job that went on, and one that never ran");
}
