//! What the client of lesson 05 must do; run them with `cargo course check 05`.

use std::time::{Duration, Instant};

use checks::{Client, Ended, Explain, Host, ScriptedRoom, StuckRoom, check, program};
use practice::Leaving;

const IDEA: &str = "05-clean-exit.md#the-idea";
const TASK_1: &str = "05-clean-exit.md#task-1-leave-the-blocked-thread-behind";
const TASK_2: &str = "05-clean-exit.md#task-2-say-why";
const TASK_3: &str = "05-clean-exit.md#task-3-a-farewell-that-ends";
const TASK_4: &str = "05-clean-exit.md#task-4-ctrl-c-once-and-twice";
const HANGS: &str = "something still waits for the thread in `read_line`: `drop(runtime)` does";
const WAITS: &str = "the client waits for a room that is silent: for its answer, or until it hangs up";
const UNANSWERED: &str =
    "nothing is read after the room's close frame: its answer goes out with the next read";
const NO_CATCH: &str = "nothing awaits `ctrl_c()` while the client talks";
const DEAF: &str = "nothing awaits `ctrl_c()` during the farewell";
const AT_THE_DOOR: &str = "Ctrl-C is caught, and not awaited at the door";
const KEEPS: &str = "the client waits too long for the thread in `read_line`: `shutdown_timeout` does";
const SLOW: &str = "the client waits too long: for the room, a command, or the thread in `read_line`";
const NO_JOIN: &str = "`run` returned before it joined the room";
const SECOND: Duration = Duration::from_secs(1);

/// A room that closes ends the client, although nobody presses Enter.
#[test]
fn room_that_closes_ends_the_client() {
    let close = |room: &ScriptedRoom, _: &mut Client| room.close("good night");
    let screen = ends_by(&both(), "the room's close frame", close, None);
    all_shown(&screen, &["the room closed: good night", "longest freeze: "], 1);
}

/// So does a room that is gone without a word; that is an error.
#[test]
fn room_that_vanishes_ends_the_client() {
    ends_by(&both(), "the end of the connection", |room, _| room.vanish(), Some(1));
}

/// The status tells a room that closed from a visitor who left.
#[test]
fn status_says_that_the_room_closed() {
    ends_by(&both(), "the room's close frame", |room, _| room.close("good night"), Some(3));
}

/// `/quit` ends the client.
#[test]
fn quit_ends_the_client() {
    ends_by(&both(), "`/quit`", |_, client| client.type_line("/quit"), Some(0));
}

/// The end of input ends the client, and the room hears a goodbye.
#[test]
fn end_of_input_ends_the_client() {
    let end = |room: &ScriptedRoom, client: &mut Client| {
        client.end_input();
        says_goodbye(room, "the connection is dropped where `close` is due", TASK_3);
    };
    ends_by(&both(), "the end of input", end, Some(0));
}

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
    let lines: Vec<String> = (0..200).map(|number| format!("line {number}")).collect();
    let commands = ["/sleep 0", "/digest Cargo.toml", "/read src/main.rs"];
    client.type_raw(&format!("{}\n{}\n", lines.join("\n"), commands.join("\n")));
    client.end_input();
    let screen = ends(&client, Some(0));
    for line in &lines {
        let said = room.next_line().or_explain("lines are lost at the end of input", TASK_3);
        check(said == *line, format!("`{line}` is the next line"), format!("`{said}` came"))
            .or_explain("lines are lost at the end of input", TASK_3);
    }
    let answers = commands.map(|command| format!("== {command}: "));
    all_shown(&screen, &answers.each_ref().map(String::as_str), 1);
}

/// A command that ends in time is answered before the client ends.
#[test]
fn command_that_ends_in_time_is_answered() {
    let room = ScriptedRoom::open();
    let mut client = on_pipes(&room);
    client.type_line("/sleep 0.1");
    client.end_input();
    let screen = ends(&client, Some(0));
    check(screen.contains("== /sleep 0.1: awake again"), "the answer to `/sleep 0.1`", last_lines(&screen))
        .or_explain("the client does not wait for commands that still run", TASK_3);
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

/// Ctrl-C ends the client, and the room hears a goodbye.
#[test]
fn ctrl_c_says_goodbye() {
    let interrupt = |room: &ScriptedRoom, client: &mut Client| {
        client.catches_interrupts().or_explain(NO_CATCH, TASK_4);
        client.interrupt();
        says_goodbye(room, "the process ends right where it hears of Ctrl-C", TASK_4);
    };
    ends_by(&interruptible(), "Ctrl-C", interrupt, Some(130));
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

/// A second Ctrl-C waits for nothing: the room has not answered, and a command still runs.
#[test]
fn second_ctrl_c_ends_at_once() {
    for start in interruptible() {
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
            ends_or(WAITS, TASK_4, &client, Some(130));
            since.elapsed()
        });
    }
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
            let by_ctrl_c = ended == Ended::Signal || ended == Ended::Status(130);
            check(by_ctrl_c, "an end by the signal, or exit status 130", format!("{ended:?}"))
                .or_explain("an error hides that it was Ctrl-C", TASK_4);
            since.elapsed()
        });
    }
}

/// A visit at a terminal, and one on pipes.
fn both<H: Host>() -> [fn(&H) -> Client; 2] {
    [on_terminal, on_pipes]
}

/// The visits that Ctrl-C can reach: outside Unix there is no such signal for a program on pipes.
fn interruptible<H: Host>() -> Vec<fn(&H) -> Client> {
    both().into_iter().take(if cfg!(unix) { 2 } else { 1 }).collect()
}

fn on_terminal(room: &impl Host) -> Client {
    Client::on_terminal(&program!("05"), room)
}

fn on_pipes(room: &impl Host) -> Client {
    Client::on_pipes(&program!("05"), room)
}

/// Ends such visits: soon, with this status, and with the terminal as it was.
fn ends_by(
    starts: &[fn(&ScriptedRoom) -> Client],
    name: &str,
    cause: impl Fn(&ScriptedRoom, &mut Client),
    status: Option<u32>,
) -> String {
    let mut screen = String::new();
    for start in starts {
        best_of_three(name, SECOND, (KEEPS, TASK_1), || {
            let room = ScriptedRoom::open();
            let mut client = start(&room);
            room.joined().or_explain(NO_JOIN, IDEA);
            // From its second line on, the prompt surely has a thread.
            client.type_line("hello");
            client.shows("<< you: hello").or_explain("a typed line is not sent to the room", IDEA);
            let (before, since) = (client.terminal_settings(), Instant::now());
            cause(&room, &mut client);
            screen = ends(&client, status);
            let (took, after) = (since.elapsed(), client.terminal_settings());
            check(before == after, format!("the terminal as it was: {before:?}"), format!("{after:?}"))
                .or_explain("the terminal was set to another mode, and not set back", TASK_1);
            took
        });
    }
    screen
}

fn says_goodbye(room: &ScriptedRoom, likely: &str, read: &str) {
    let (_, leaving) = room.left().or_explain("the client stays in the room", read);
    check(leaving == Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain(likely, read);
}

/// Waits for the client's end, with this status and a line that says why; returns the screen.
fn ends(client: &Client, status: Option<u32>) -> String {
    ends_or(HANGS, TASK_1, client, status)
}

fn ends_or(likely: &str, read: &str, client: &Client, status: Option<u32>) -> String {
    let ended = client.exits().or_explain(likely, read);
    let screen = client.screen();
    let Some(status) = status else { return screen };
    check(ended == Ended::Status(status), format!("exit status {status}"), format!("{ended:?}"))
        .or_explain("the status does not say why the visit ended", TASK_2);
    let says_why = screen.contains("ended: ") || screen.contains("error: ");
    check(says_why, "a line that says why: `ended: …`, or `error: …`", last_lines(&screen))
        .or_explain("`run` does not say why the visit ended, or its last line was not flushed", TASK_2);
    screen
}

/// Tries three times at most, since a busy machine may take its time; a client that hangs does so every time.
fn best_of_three(
    cause: &str,
    limit: Duration,
    (likely, read): (&str, &str),
    mut visit: impl FnMut() -> Duration,
) {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        best = best.min(visit());
        if best < limit {
            return;
        }
    }
    let expected = format!("the client ends within {} s of {cause}", limit.as_secs_f64());
    check(false, expected, format!("it took {:.1} s, at best of three times", best.as_secs_f64()))
        .or_explain(likely, read);
}

fn all_shown(screen: &str, parts: &[&str], round: usize) {
    for part in parts {
        let expected = format!("`{part}` is on the screen, each time");
        check(screen.contains(part), expected, format!("not at time {round}; {}", last_lines(screen)))
            .or_explain("the client ends before all is shown: not read, or not flushed", TASK_3);
    }
}

fn last_lines(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
    format!("the last lines on the screen are\n{}", lines[lines.len().saturating_sub(3)..].join("\n"))
}
