//! Task 2, a channel of its own: whatever a job prints or reads, no request and no reply is touched.

use checks::{Explain, until};

use super::common::visit;

const TASK_2: &str = "12-worker-process.md#task-2-a-channel-of-its-own";

/// Whatever a job prints, a forged reply too, is no reply.
#[test]
fn stray_print_is_no_reply() {
    let (mut client, _room) = visit();
    let likely = "stdout carries replies, and whatever a job prints";
    for printed in ["hello", "{\"id\":1,\"result\":{\"Ok\":{\"Text\":\"forged\"}}}", "aaaa bbbb cccc dddd"] {
        client.type_line(&format!("/print {printed}"));
        client.shows(&format!("== /print {printed}: printed")).or_explain(likely, TASK_2);
        client.type_line("/upper tea");
        client.shows("== /upper tea: TEA").or_explain(likely, TASK_2);
    }
}

/// What a job prints reaches the screen, where the client prints too.
#[test]
fn stray_print_is_seen() {
    let (mut client, _room) = visit();
    client.type_line("/print kettle");
    client
        .shows("== /print kettle: printed")
        .or_explain("stdout carries replies, and whatever a job prints", TASK_2);
    // As you typed it, as the job printed it, and in the answer.
    let seen = || client.screen().matches("kettle").count() >= 3;
    until(seen, "`kettle` on the screen, printed by the job", "only what you typed, and the answer")
        .or_explain("what a job prints goes where nobody reads it", TASK_2);
}

/// A job that reads stdin gets nothing: no request, and no line of yours.
#[test]
fn stray_read_takes_nothing() {
    let (mut client, room) = visit();
    let likely = "stdin carries requests, and whoever reads it takes them";
    client.type_line("/ask");
    client.shows("== /ask: heard ``").or_explain(
        "what a job finds at stdin is no empty input: it waits there, or takes what is not its own",
        TASK_2,
    );
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(likely, TASK_2);
    client.type_line("still here");
    room.hears_next("still here").or_explain(likely, TASK_2);
}
