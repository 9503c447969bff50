//! Task 2, hand over every line: a thousand arrive in order, and the loop is woken for them.

use std::time::Instant;

use checks::{Client, Explain, ScriptedRoom, check, patience, program, span};

use super::common::{CHANNEL, END, IDEA, WAITS, hears_next, thousand_lines};

/// A client that waits uses no CPU time: it is woken, and does not look again and again.
#[test]
fn idle_client_is_woken() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("03"), &room);
    room.pongs(1).or_explain(WAITS, IDEA);
    let idles = client.idles(5);
    room.pongs(1).or_explain(WAITS, IDEA);
    idles.or_explain("the loop asks again and again: `try_recv`, and no `await` that waits", CHANNEL);
}

/// A thousand piped lines arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("03"), &room);
    let (lines, began) = (thousand_lines(), Instant::now());
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for (heard, line) in lines.iter().enumerate() {
        let expected = format!("1000 lines reach the room, within {}", span(patience()));
        check(began.elapsed() < patience(), expected, format!("{heard} lines reached it"))
            .or_explain("the loop sleeps between two looks at the channel", CHANNEL);
        hears_next(
            &room,
            line,
            "a line is dropped when the channel is full, or the end comes first",
            CHANNEL,
        );
    }
    client.exits().or_explain("the end of input does not end the loop", END);
}
