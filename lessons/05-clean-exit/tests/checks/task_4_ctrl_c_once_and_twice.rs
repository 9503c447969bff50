//! Task 4, Ctrl-C, once and twice: the first says goodbye, and the second waits for nothing.

use std::time::Instant;

use checks::{Client, Ended, Explain, Host, ScriptedRoom, StuckRoom, check, pass_over, span};

use super::common::{
    NO_JOIN, SECOND, SLOW, TASK_3, WAITS, begins_a_new_line, best_of_three, both, ends_by, ends_or,
    says_goodbye,
};
use super::task_1_leave_the_blocked_thread_behind::returns_after;
#[cfg(unix)]
use super::{
    common::{ends_by_its_screen, on_pipes, on_terminal},
    task_3_a_farewell_that_ends::{answered_after, runs},
};

const TASK_4: &str = "05-clean-exit.md#task-4-ctrl-c-once-and-twice";
const NO_CATCH: &str = "nothing awaits `ctrl_c()` while the client talks";
const DEAF: &str = "nothing awaits `ctrl_c()` during the farewell";
const AT_THE_DOOR: &str = "Ctrl-C is caught, and not awaited at the door";

/// Ctrl-C ends the client, and the room hears a goodbye.
#[test]
fn ctrl_c_says_goodbye() {
    let interrupt = |room: &ScriptedRoom, client: &mut Client| {
        client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
        client.interrupt();
        says_goodbye(room, client, "the process ends right where it hears of Ctrl-C", TASK_4);
    };
    for start in interruptible() {
        begins_a_new_line(&ends_by(&[start], "Ctrl-C", interrupt, Some(130)), TASK_4);
    }
}

/// A command that ends right after Ctrl-C is answered as one that ends after `/quit`.
#[cfg(unix)]
#[test]
fn ctrl_c_waits_for_commands() {
    answered_after("Ctrl-C", &|gates| {
        let room = ScriptedRoom::open();
        let mut client = on_terminal(&room);
        runs(&mut client, gates);
        client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
        client.interrupt();
        room.left().or_explain("the client stays in the room", TASK_4);
        client
    });
}

/// After Ctrl-C, too, a room that never answers holds nobody.
#[test]
fn silent_room_holds_no_ctrl_c() {
    for start in interruptible() {
        best_of_three("Ctrl-C", SECOND, (SLOW, TASK_3), || {
            let room = StuckRoom::after(&["come in"], None);
            let mut client = start(&room);
            room.joined().or_explain(NO_JOIN, TASK_4);
            client.shows("<< come in").or_explain("messages are not shown", TASK_4);
            client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
            let since = Instant::now();
            client.interrupt();
            ends_or(WAITS, TASK_4, &client, Some(130));
            since.elapsed()
        });
    }
}

/// A room that takes nothing in holds nobody either: a line of 8 MiB, and the close frame behind it, stay with the client.
#[cfg(unix)]
#[test]
fn deaf_room_holds_no_ctrl_c() {
    best_of_three("Ctrl-C", SECOND, (SLOW, TASK_3), || {
        let room = StuckRoom::after(&[], None);
        let mut client = on_pipes(&room);
        room.joined().or_explain(NO_JOIN, TASK_4);
        client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
        client.type_line(&"tea ".repeat(2 << 20));
        room.is_spoken_to().or_explain("a line is not sent to the room", TASK_4);
        let since = Instant::now();
        client.interrupt();
        let likely = |screen: &str| match screen.contains('\n') {
            true => {
                "the close frame is awaited without a limit, and a room that takes nothing in never gets it"
            }
            false => "nothing awaits `ctrl_c()` while a line is sent: race the whole of `talk`, not its arms",
        };
        ends_by_its_screen(likely, TASK_3, &client, Some(130));
        since.elapsed()
    });
}

/// A second Ctrl-C waits for nothing: the room has not answered, and a command still runs.
#[test]
fn second_ctrl_c_ends_at_once() {
    for start in interruptible() {
        let mut screen = String::new();
        best_of_three("the second Ctrl-C", SECOND / 4, (DEAF, TASK_4), || {
            let room = StuckRoom::after(&["come in"], None);
            let mut client = start(&room);
            room.joined().or_explain(NO_JOIN, TASK_4);
            client.shows("<< come in").or_explain("messages are not shown", TASK_4);
            client.type_line("/sleep 30");
            client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
            client.interrupt();
            room.asked_to_close().or_explain("Ctrl-C ends the client without a close frame", TASK_4);
            let since = Instant::now();
            client.interrupt();
            screen = ends_or(WAITS, TASK_4, &client, Some(130));
            since.elapsed()
        });
        begins_a_new_line(&screen, TASK_4);
    }
}

/// After `/quit`, too, Ctrl-C ends the farewell.
#[test]
fn ctrl_c_ends_the_farewell_after_quit() {
    for start in interruptible() {
        best_of_three("Ctrl-C in the farewell", SECOND / 4, (DEAF, TASK_4), || {
            let room = StuckRoom::after(&[], None);
            let mut client = start(&room);
            room.joined().or_explain(NO_JOIN, TASK_4);
            client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
            client.type_line("/quit");
            room.asked_to_close().or_explain("`/quit` ends the client without a close frame", TASK_4);
            let since = Instant::now();
            client.interrupt();
            ends_or(WAITS, TASK_4, &client, None);
            since.elapsed()
        });
    }
}

/// However the visit ends, `run` returns, and `main` does what is left.
#[test]
fn run_returns_at_each_end() {
    returns_after("the room's close frame", |room, _| room.close("good night"));
    returns_after("the end of the connection", |room, _| room.vanish());
    returns_after("`/quit`", |_, client| client.type_line("/quit"));
    returns_after("an error of the input", |_, client| client.type_bytes(b"ol\xe9\n"));
    #[cfg(unix)]
    returns_after("Ctrl-C", |_, client| {
        client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
        client.interrupt();
    });
}

/// Ctrl-C ends a client that waits at the door.
#[test]
fn ctrl_c_ends_a_client_that_never_got_in() {
    for start in interruptible() {
        best_of_three("Ctrl-C", SECOND, (AT_THE_DOOR, TASK_4), || {
            let room = StuckRoom::at_the_door();
            let mut client = start(&room);
            room.joined().or_explain(NO_JOIN, TASK_4);
            let since = Instant::now();
            client.interrupt();
            let ended = client.exits().or_explain(AT_THE_DOOR, TASK_4);
            let (by_ctrl_c, took) = (ended == Ended::Signal || ended == Ended::Status(130), since.elapsed());
            // It has waited for the room until `connect` gave up.
            let likely = if took > SECOND { AT_THE_DOOR } else { "an error hides that it was Ctrl-C" };
            let instead = format!("{ended}, after {}", span(took));
            check(by_ctrl_c, "an end by the signal, or exit status 130", instead).or_explain(likely, TASK_4);
            took
        });
    }
}

/// The visits that Ctrl-C can reach: outside Unix there is no such signal for a program on pipes.
fn interruptible<H: Host>() -> Vec<fn(&H) -> Client> {
    if cfg!(unix) {
        return both().into();
    }
    pass_over("Ctrl-C reaches no program on pipes here");
    both().into_iter().take(1).collect()
}
