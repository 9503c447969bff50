//! What the tasks share: visits at a terminal and on pipes, and how each of them must end.

use std::time::{Duration, Instant};

use checks::{Client, Ended, Explain, Host, ScriptedRoom, check, program};
use practice::Leaving;

pub const IDEA: &str = "05-clean-exit.md#the-idea";
pub const TASK_1: &str = "05-clean-exit.md#task-1-leave-the-blocked-thread-behind";
pub const TASK_2: &str = "05-clean-exit.md#task-2-say-why";
pub const TASK_3: &str = "05-clean-exit.md#task-3-a-farewell-that-ends";
pub const HANGS: &str = "something still waits for the thread in `read_line`: `drop(runtime)` does";
pub const WAITS: &str = "the client waits for a room that is silent: for its answer, or until it hangs up";
pub const LINGERS: &str = "the client waits although the room has answered and no command runs:\n\
     for the whole time of the farewell, or for the thread in `read_line`, as `shutdown_timeout` does";
pub const SLOW: &str = "the client waits too long: for the room, a command, or the thread in `read_line`";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const UNENDED: &str = "the visit goes on: `talk` or the farewell waits, or never gives way";
/// What a screen shows of a panic in `run`, and why the client still runs then.
const PANICKED: &str = "thread 'main' ";
const PANICS: &str =
    "a panic unwinds through `run`, and drops the runtime on its way, which waits for `read_line`";
pub const DROPPED: &str = "the connection is dropped where `close` is due";
pub const NO_NEW_LINE: &str =
    "the terminal has written `^C`: print a line's end before all else, at each press";
pub const SECOND: Duration = Duration::from_secs(1);
/// Less than the time of a farewell, which only a room that is silent or a command that runs uses up.
const AT_ONCE: Duration = Duration::from_millis(400);

/// A visit at a terminal, and one on pipes.
pub fn both<H: Host>() -> [fn(&H) -> Client; 2] {
    [on_terminal, on_pipes]
}

pub fn on_terminal(room: &impl Host) -> Client {
    Client::on_terminal(&program!("05"), room)
}

pub fn on_pipes(room: &impl Host) -> Client {
    Client::on_pipes(&program!("05"), room)
}

/// Ends such visits: soon, with this status, and with the terminal as it was.
pub fn ends_by(
    starts: &[fn(&ScriptedRoom) -> Client],
    name: &str,
    cause: impl Fn(&ScriptedRoom, &mut Client),
    status: Option<u32>,
) -> String {
    let mut screen = String::new();
    for start in starts {
        best_of_three(name, AT_ONCE, (LINGERS, TASK_3), || {
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

pub fn says_goodbye(room: &ScriptedRoom, client: &Client, likely: &str, read: &str) {
    let (_, leaving) = room.left().or_explain("the client stays in the room", read);
    let is_sent = "`/quit` is an end of input here: it is not for the room, which may not know the word";
    let likely = match leaving {
        Leaving::Closed => likely,
        Leaving::Quit => is_sent,
        _ if client.shows_within(PANICKED, SECOND).is_ok() => PANICS,
        _ => likely,
    };
    check(leaving == Leaving::Closed, "a close frame", leaving.to_string()).or_explain(likely, read);
}

/// Waits for the client's end, with this status and a line that says why; returns the screen.
pub fn ends(client: &Client, status: Option<u32>) -> String {
    ends_or(UNENDED, TASK_3, client, status)
}

/// As [`ends`]; `likely` is why the visit goes on.
pub fn ends_or(likely: &str, read: &str, client: &Client, status: Option<u32>) -> String {
    ends_by_its_screen(|_| likely, read, client, status)
}

/// As [`ends_or`], where the screen tells why. Once it has said its last word, only one thing holds a client.
pub fn ends_by_its_screen<'a>(
    likely: impl FnOnce(&str) -> &'a str,
    read: &str,
    client: &Client,
    status: Option<u32>,
) -> String {
    let ended = client.exits();
    let screen = client.screen();
    let panics = screen.contains(PANICKED);
    let ended = ended.map_err(|missed| if panics { missed.because(PANICS) } else { missed });
    let ended = match screen.contains("longest freeze: ") {
        true => ended.or_explain(HANGS, TASK_1),
        false => ended.or_explain(likely(&screen), read),
    };
    let Some(status) = status else { return screen };
    check(ended == Ended::Status(status), format!("exit status {status}"), ended.to_string()).or_explain(
        if panics { "the client panicked" } else { "the status does not say why the visit ended" },
        TASK_2,
    );
    let (due, other) = if status == 1 { ("error: ", "ended: ") } else { ("ended: ", "error: ") };
    let likely = match screen.contains(other) {
        true => {
            "an error stays an error, which `main` prints after `error: `, and all else ends with `ended: `"
        }
        false => "`run` does not say why the visit ended, or its last line was not flushed",
    };
    check(screen.contains(due), format!("a line that says why: `{due}…`"), last_lines(&screen))
        .or_explain(likely, TASK_2);
    let times = screen.lines().filter(|line| line.starts_with(due)).count();
    check(times < 2, format!("one line `{due}…`"), format!("{times} of them; {}", last_lines(&screen)))
        .or_explain(
            "the reason is told more than once: an error by `main` alone, and all else by `run`",
            TASK_2,
        );
    screen
}

/// Each `^C` that the terminal has written stands at the end of its line.
pub fn begins_a_new_line(screen: &str, read: &str) {
    let after = screen.split_once("ended: ").map_or("", |(_, after)| after);
    let likely = match after.contains("longest freeze: ") {
        true => "the reason is told before the farewell: `run` tells it when all is over",
        false => {
            "the farewell ends before its time: a room that has not answered and a command have half a second"
        }
    };
    let expected = "a client that still says goodbye when Ctrl-C comes again";
    check(!after.contains("^C"), expected, last_lines(screen)).or_explain(likely, TASK_3);
    let is_new = screen.split("^C").skip(1).all(|rest| rest.starts_with('\n'));
    check(is_new, "a new line after each `^C`", last_lines(screen)).or_explain(NO_NEW_LINE, read);
}

/// Tries three times at most, since a busy machine may take its time; a client that hangs does so every time.
pub fn best_of_three(
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

pub fn all_shown(screen: &str, parts: &[&str], round: usize) {
    for part in parts {
        let expected = format!("`{part}` is on the screen, each time");
        check(screen.contains(part), expected, format!("not at time {round}; {}", last_lines(screen)))
            .or_explain("the client ends before all is shown: not read, or not flushed", TASK_3);
    }
}

pub fn last_lines(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
    format!("the last lines on the screen are\n{}", lines[lines.len().saturating_sub(3)..].join("\n"))
}
