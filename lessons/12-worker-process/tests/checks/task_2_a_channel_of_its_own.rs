//! Task 2, a channel of its own: whatever a job prints or reads, no request and no reply is touched.

use checks::Explain;

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

/// A job that reads stdin gets nothing: no request, and no line of yours.
#[test]
fn stray_read_takes_nothing() {
    let (mut client, room) = visit();
    let likely = "stdin carries requests, and whoever reads it takes them";
    client.type_line("/ask");
    client.shows("== /ask: heard ``").or_explain(likely, TASK_2);
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(likely, TASK_2);
    client.type_line("still here");
    room.hears_next("still here").or_explain(likely, TASK_2);
}
