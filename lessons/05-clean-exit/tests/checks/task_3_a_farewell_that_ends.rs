//! Task 3, a farewell that ends: nothing said or typed is lost, and nobody is waited for without a limit.

use std::time::Instant;

#[cfg(unix)]
use checks::Gate;
use checks::{Client, Explain, ScriptedRoom, StuckRoom, awkward_line, check, span};

#[cfg(unix)]
use super::common::last_lines;
use super::common::{
    NO_JOIN, SECOND, SLOW, TASK_3, WAITS, all_shown, best_of_three, both, ends, ends_or, on_pipes,
    on_terminal, says_goodbye,
};

#[cfg(unix)]
const NO_FRAME: &str = "the client ends without a close frame";
const UNANSWERED_BY_YOU: &str = "`/quit` ends the client without a close frame";
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
            let took = since.elapsed();
            let expected = "the room has half a second for its last words";
            check(took > SECOND * 2 / 5, expected, format!("the client is gone after {}", span(took)))
                .or_explain("the limit of the farewell is shorter", TASK_3);
            took
        });
    }
}

/// A room that talks on, and never answers, holds nobody either.
#[test]
fn talking_room_holds_nobody() {
    best_of_three("the goodbye", SECOND, (SLOW, TASK_3), || {
        let room = StuckRoom::after(&[], None);
        let mut client = on_pipes(&room);
        room.joined().or_explain(NO_JOIN, TASK_3);
        room.talks_on();
        client.shows("<< tea").or_explain("messages are not shown", TASK_3);
        let since = Instant::now();
        client.end_input();
        ends_or("each message of the room begins the limit of the farewell anew", TASK_3, &client, Some(0));
        since.elapsed()
    });
}

/// The room and a command are waited for at the same time: both together take no longer than the room alone.
#[test]
fn room_and_command_are_awaited_together() {
    let farewell = |command: &str| {
        let room = StuckRoom::after(&["come in"], None);
        let mut client = on_terminal(&room);
        room.joined().or_explain(NO_JOIN, TASK_3);
        client.shows("<< come in").or_explain("messages are not shown", TASK_3);
        client.type_line(command);
        client.type_line("/quit");
        room.asked_to_close().or_explain(UNANSWERED_BY_YOU, TASK_3);
        let since = Instant::now();
        ends_or(WAITS, TASK_3, &client, Some(0));
        since.elapsed()
    };
    let [alone, both] = ["is anybody there?", "/sleep 30"].map(|line| (0..3).map(|_| farewell(line)).min());
    let [alone, both] = [alone, both].map(Option::unwrap_or_default);
    let expected = format!("{} with a command that goes on, as without one", span(alone));
    // What takes less than half of a second beside a whole one waits for nothing twice.
    check(both < alone * 3 / 2 || both < SECOND * 3 / 4, expected, span(both))
        .or_explain("the farewell waits for the one, and then for the other: each has its limit", TASK_3);
}

/// A room that says it closes, and then does not hang up, is left all the same; it need not say why.
#[test]
fn close_frame_is_the_end() {
    for (start, reason) in both().into_iter().flat_map(|start| [(start, "good night"), (start, "")]) {
        best_of_three("the room's close frame", SECOND, (SLOW, TASK_3), || {
            let room = StuckRoom::after(&["the last word"], Some(reason));
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
    let by_error = |_: &ScriptedRoom, client: &mut Client| client.type_bytes(b"ol\xe9\n");
    let after = |end: fn(&ScriptedRoom, &mut Client), gates: &mut [Gate; 2]| {
        let room = ScriptedRoom::open();
        let mut client = on_pipes(&room);
        // A client may run a command before the room has taken it in, and a close frame would not reach it.
        room.joined().or_explain(NO_JOIN, TASK_3);
        runs(&mut client, gates);
        end(&room, &mut client);
        room.left().or_explain("the client stays in the room", TASK_3);
        client
    };
    answered_after("the end of input", &|gates| after(by_input, gates));
    answered_after("the room's close frame", &|gates| after(by_room, gates));
    answered_after("an error of the input", &|gates| after(by_error, gates));
    answered_after("the goodbye to a room that is silent", &|gates| {
        let room = StuckRoom::after(&[], None);
        let mut client = on_terminal(&room);
        room.joined().or_explain(NO_JOIN, TASK_3);
        runs(&mut client, gates);
        client.end_input();
        room.asked_to_close().or_explain(NO_FRAME, TASK_3);
        client
    });
}

/// Types two commands, and waits until they run.
#[cfg(unix)]
pub fn runs(client: &mut Client, gates: &mut [Gate; 2]) {
    for gate in gates {
        client.type_line(&gate.command());
        gate.blocks_a_job().or_explain("a typed command is not run", TASK_3);
    }
}

/// Lets two commands end after this cause, one after the other, and as soon as the client has said goodbye.
///
/// Tries three times at most, since a busy machine may need longer than the farewell takes.
#[cfg(unix)]
pub fn answered_after(cause: &str, visit: &dyn Fn(&mut [Gate; 2]) -> Client) {
    let (mut screen, mut answered) = (String::new(), 0);
    for _ in 0..3 {
        let mut gates = [Gate::shut(), Gate::shut()];
        let client = visit(&mut gates);
        let answers = gates.each_ref().map(|gate| format!("== {}: hot water", gate.command()));
        for (gate, answer) in gates.iter_mut().zip(&answers) {
            gate.open("hot water");
            // The second one ends when the first is answered.
            let _ = client.shows(answer);
        }
        screen = ends(&client, None);
        let is_shown = |answer: &&String| screen.contains(answer.as_str());
        answered = answered.max(answers.iter().filter(is_shown).count());
        if answered == 2 {
            return;
        }
    }
    let likely = match answered {
        0 => "the farewell does not wait for commands then, or for the room before it does",
        _ => "the farewell waits for one command, and not for all",
    };
    check(false, format!("the answers of two commands that end right after {cause}"), last_lines(&screen))
        .or_explain(likely, TASK_3);
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
        says_goodbye(&room, &client, "the wait for commands uses up the time of the goodbye", TASK_3);
        took
    });
}
