//! Task 3, a farewell that ends: nothing said or typed is lost, and nobody is waited for without a limit.

use std::time::Instant;

#[cfg(unix)]
use checks::Gate;
use checks::{Client, Explain, ScriptedRoom, StuckRoom, awkward_line, check};

#[cfg(unix)]
use super::common::last_lines;
use super::common::{
    NO_JOIN, SECOND, SLOW, TASK_3, WAITS, all_shown, best_of_three, both, ends, ends_or, on_pipes,
    on_terminal, says_goodbye,
};

#[cfg(unix)]
const NO_FRAME: &str = "the client ends without a close frame";
const UNANSWERED: &str =
    "nothing is read after the room's close frame: its answer goes out with the next read";

/// A room that never answers holds nobody: not after `/quit`, and not after the end of input.
#[test]
fn silent_room_holds_nobody() {
    let ways: [fn(&mut Client); 2] = [|client| client.type_line("/quit"), Client::end_input];
    for (start, end) in both().into_iter().flat_map(|start| ways.map(|end| (start, end))) {
        best_of_three("the goodbye", SECOND, (SLOW, TASK_3), || {
            let room = StuckRoom::after(&[], None);
            let mut client = start(&room);
            room.joined().or_explain(NO_JOIN, TASK_3);
            let since = Instant::now();
            end(&mut client);
            ends_or(WAITS, TASK_3, &client, Some(0));
            since.elapsed()
        });
    }
}

/// A room that says it closes, and then does not hang up, is left all the same.
#[test]
fn close_frame_is_the_end() {
    for start in both() {
        best_of_three("the room's close frame", SECOND, (SLOW, TASK_3), || {
            let room = StuckRoom::after(&["the last word"], Some("good night"));
            let client = start(&room);
            room.joined().or_explain(NO_JOIN, TASK_3);
            let since = Instant::now();
            ends_or(WAITS, TASK_3, &client, Some(3));
            since.elapsed()
        });
    }
}

/// Twenty times: what the room sent right before the end is on the screen, and so is the farewell.
#[test]
fn last_words_are_shown_every_time() {
    for (round, start) in (1..=20).zip(both().into_iter().cycle()) {
        let room = StuckRoom::after(&["the last word"], Some("good night"));
        let client = start(&room);
        room.joined().or_explain(NO_JOIN, TASK_3);
        room.asked_to_close().or_explain(UNANSWERED, TASK_3);
        room.hangs_up();
        let screen = ends(&client, Some(3));
        all_shown(&screen, &["<< the last word", "the room closed: good night", "longest freeze: "], round);
    }
}

/// Twenty times: the room's answers to what was typed last are on the screen, and so is the farewell.
#[test]
fn answers_are_shown_every_time() {
    for (round, start) in (1..=20).zip(both().into_iter().cycle()) {
        let room = ScriptedRoom::open();
        let mut client = start(&room);
        client.type_line("nearly done");
        client.type_line("good night");
        if round % 4 < 2 {
            client.type_line("/quit")
        } else {
            client.end_input()
        }
        let screen = ends(&client, Some(0));
        all_shown(&screen, &["<< you: nearly done", "<< you: good night", "longest freeze: "], round);
    }
}

/// Piped input that ends at once: each line reaches the room, in order, and each command is answered.
#[test]
fn piped_input_loses_nothing() {
    let room = ScriptedRoom::open();
    let mut client = on_pipes(&room);
    // Few are long: the room has to hear them all before the client gives up waiting for its goodbye.
    let short = (24..200).map(|number| format!("line {number}"));
    let lines: Vec<String> = (0..24).map(awkward_line).chain(short).collect();
    let commands = ["/sleep 0", "/digest Cargo.toml", "/read src/main.rs"];
    client.type_raw(&format!("{}\n{}\n", lines.join("\n"), commands.join("\n")));
    client.end_input();
    let screen = ends(&client, Some(0));
    for line in &lines {
        let said = room.next_line().or_explain("lines are lost at the end of input", TASK_3);
        check(said == *line, format!("`{line}` is the next line"), format!("`{said}` came"))
            .or_explain("lines are lost or changed", TASK_3);
    }
    let answers = commands.map(|command| format!("== {command}: "));
    all_shown(&screen, &answers.each_ref().map(String::as_str), 1);
}

/// A command that ends in time is answered before the client ends, whoever ends it, and though the room is silent.
#[cfg(unix)]
#[test]
fn command_that_ends_in_time_is_answered() {
    let by_input = |_: &ScriptedRoom, client: &mut Client| client.end_input();
    let by_room = |room: &ScriptedRoom, _: &mut Client| room.close("good night");
    let after = |end: fn(&ScriptedRoom, &mut Client), gate: &mut Gate| {
        let room = ScriptedRoom::open();
        let mut client = on_terminal(&room);
        // A client may run a command before the room has taken it in, and a close frame would not reach it.
        room.joined().or_explain(NO_JOIN, TASK_3);
        runs(&mut client, gate);
        end(&room, &mut client);
        room.left().or_explain("the client stays in the room", TASK_3);
        client
    };
    answered_after("the end of input", &|gate| after(by_input, gate));
    answered_after("the room's close frame", &|gate| after(by_room, gate));
    answered_after("the goodbye to a room that is silent", &|gate| {
        let room = StuckRoom::after(&[], None);
        let mut client = on_terminal(&room);
        room.joined().or_explain(NO_JOIN, TASK_3);
        runs(&mut client, gate);
        client.end_input();
        room.asked_to_close().or_explain(NO_FRAME, TASK_3);
        client
    });
}

/// Types a command, and waits until it runs.
#[cfg(unix)]
pub fn runs(client: &mut Client, gate: &mut Gate) {
    client.type_line(&gate.command());
    gate.blocks_a_job().or_explain("a typed command is not run", TASK_3);
}

/// Lets a command end after this cause, and as soon as the client has said goodbye: its answer is shown.
///
/// Tries three times at most, since a busy machine may need longer than the farewell takes.
#[cfg(unix)]
pub fn answered_after(cause: &str, visit: &dyn Fn(&mut Gate) -> Client) {
    let mut screen = String::new();
    for _ in 0..3 {
        let mut gate = Gate::shut();
        let client = visit(&mut gate);
        gate.open("hot water");
        screen = ends(&client, None);
        if screen.contains(&format!("== {}: hot water", gate.command())) {
            return;
        }
    }
    check(false, format!("the answer of a command that ends right after {cause}"), last_lines(&screen))
        .or_explain("the farewell does not wait for commands then, or for the room before it does", TASK_3);
}

/// A command that goes on holds neither the exit nor the goodbye.
#[test]
fn command_that_goes_on_is_abandoned() {
    best_of_three("the end of input", SECOND, (SLOW, TASK_3), || {
        let room = ScriptedRoom::open();
        let mut client = on_terminal(&room);
        client.type_line("/sleep 30");
        client.type_line("is the command running?");
        room.hears("is the command running?").or_explain("a line is not sent to the room", TASK_3);
        let since = Instant::now();
        client.end_input();
        ends(&client, Some(0));
        let took = since.elapsed();
        says_goodbye(&room, "the wait for commands uses up the time of the goodbye", TASK_3);
        took
    });
}
