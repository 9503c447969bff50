//! Task 4, an outbox and a way back: a room that vanishes is awaited, and each typed line arrives there once.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::{
    Client, Door, Ended, Explain, Missed, ScriptedRoom, check, patience, program, span, thread_names,
};

use super::common::{IDEA, NO_JOIN, TASK_1, TASK_4, TASK_5, behind_a_door, in_a_stuck_room, is_inside};

const TOO_EARLY: &str =
    "a line leaves the outbox before the room is known to have it, or loses its place there";
const NOT_TAKEN: &str = "what is typed is not taken while the room is away: nothing fills the outbox then";
const TOO_SLOW: &str =
    "the client gives up, its pauses grow too fast, or a line that is typed begins a pause anew";
const NOT_ASKED: &str = "nobody asks a room that says nothing whether it is there";
const OTHER_READER: &str = "another reader has taken the line: there is one for the life of the program";

/// The door is shut three times; what is typed meanwhile arrives when it opens: each line once, in order.
#[test]
fn lines_typed_offline_arrive_once() {
    let room = ScriptedRoom::open();
    for on_a_terminal in [true, false] {
        let door = Door::to(&room);
        let mut client = if on_a_terminal {
            Client::on_terminal(&program!("14"), &door)
        } else {
            Client::on_pipes(&program!("14"), &door)
        };
        is_inside(&room, &client);
        for outage in 1..=3 {
            door.shut();
            client.shows("the room is gone").or_explain("a room that vanishes ends the client", TASK_4);
            let lines = [1, 2, 3].map(|number| format!("outage {outage}, line {number}"));
            lines.iter().for_each(|line| client.type_line(line));
            door.knocks(1).or_explain("the client does not try to come back", TASK_4);
            door.open();
            room.joined().or_explain("the client does not come back", TASK_4);
            client.type_line("here again");
            for line in lines.iter().map(String::as_str).chain(["here again"]) {
                room.hears_next(line).or_explain("a line is lost, sent twice, or out of order", TASK_4);
            }
            // The room's answer to what came with the lines is older than these pings.
            room.pongs(3).or_explain("the client does not stay", TASK_4);
        }
        if let Some(names) = thread_names(client.process()) {
            let readers =
                names.iter().filter(|name| matches!(name.as_str(), "terminal" | "reading thread")).count();
            check(readers <= 1, "one thread that reads what is typed", format!("{readers}: {names:?}"))
                .or_explain(OTHER_READER, TASK_4);
        }
    }
}

/// Lines that left, and never arrived, are sent again: `send` was right, and the room has not got them.
#[test]
fn line_sent_into_the_void_is_sent_again() {
    let (room, door, mut client) = behind_a_door();
    let [line, other] =
        ["into ", "too "].map(|word| (word.to_owned() + "the void ").repeat(100).trim_end().to_owned());
    door.swallow();
    client.type_line(&line);
    client.type_line(&other);
    door.has_swallowed(line.len() + other.len()).or_explain("a typed line is not sent", TASK_4);
    door.shut();
    client.shows("the room is gone").or_explain("a room that vanishes ends the client", TASK_4);
    client.type_line("typed behind it");
    door.knocks(1).or_explain("the client does not try to come back", TASK_4);
    door.open();
    let next = room.next_line().map_err(|missed| Missed::new("the line is sent again", missed.instead));
    let next = next.or_explain(TOO_EARLY, TASK_4);
    check(next == line, "the line is sent again, and first", format!("`{next}` came"))
        .or_explain(TOO_EARLY, TASK_4);
    room.hears_next(&other).or_explain("only one of the lines that did not arrive is sent again", TASK_4);
    room.hears_next("typed behind it").or_explain("a line is lost, sent twice, or out of order", TASK_4);
}

/// A line that the room has is not sent again after the next outage.
#[test]
fn confirmed_line_is_not_sent_again() {
    let (room, door, mut client) = behind_a_door();
    for number in 1..=3 {
        let line = format!("line {number}");
        client.type_line(&line);
        room.hears_next(&line).or_explain("a line that the room had already is sent again", TASK_4);
        // The room's answer to what came with the line is older than these pings.
        room.pongs(3).or_explain("the client does not stay", TASK_4);
        door.cut();
        room.joined().or_explain("the client does not come back", TASK_4);
    }
    client.type_line("the last one");
    room.hears_next("the last one").or_explain("a line that the room had already is sent again", TASK_4);
}

/// Between two tries there is a pause, and it grows, whatever is typed; it is told, commands are answered meanwhile,
/// and the client is back soon after the door opens.
#[test]
fn pauses_between_tries_grow() {
    let (room, door, mut client) = behind_a_door();
    door.shut();
    let knocks = while_typing(&mut client, || door.knocks(6)).or_explain(TOO_SLOW, TASK_4);
    let longest = knocks.windows(2).map(|pair| pair[1] - pair[0]).next_back().unwrap_or_default();
    let expected = "before the sixth try a pause of 500 ms or more";
    check(longest >= Duration::from_millis(500), expected, format!("a pause of {}", span(longest)))
        .or_explain("pauses do not grow: a room that starts again meets all its guests at once", TASK_4);
    // The sixth try fails at once, and the pause behind it is told then.
    let began = Instant::now();
    while pauses(&client).len() < 7 && began.elapsed() < patience() {
        thread::sleep(Duration::from_millis(2));
    }
    let tries = pauses(&client);
    let told = tries.last().copied();
    let told = told
        .ok_or_else(|| Missed::new("`next try in 0.05 s`", "no such number"))
        .or_explain("the pause is not told", TASK_4);
    // A busy machine may be late, and not each time.
    let gaps: Vec<f64> = knocks.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    let kept = gaps.iter().zip(tries.iter().skip(1)).take(4).any(|(gap, told)| *gap < 1.5 * told);
    let expected = format!("one of the pauses that were told, after the first of {tries:?} s");
    check(kept, expected, format!("pauses of {gaps:.2?} s"))
        .or_explain("the pause that is told is another one than that which is kept", TASK_4);
    check(told <= 2.0, "no pause of more than 2 s", format!("`next try in {told} s`"))
        .or_explain("the pauses grow without a limit", TASK_4);
    // One that is chosen at random is shorter now and then, and never longer.
    let mut longest = tries.first().map_or(0.1, |first| first.max(0.05));
    for pause in &tries {
        check(*pause < longest * 1.01, "pauses of which each is twice the last one", format!("{tries:?} s"))
            .or_explain("the pauses grow faster than the page says", TASK_4);
        longest *= 2.0;
    }
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(NOT_TAKEN, TASK_4);
    door.open();
    room.joined().or_explain("the pauses grow without a limit", TASK_4);
    client.shows("back in the room").or_explain("that the room is back is not told", TASK_4);
    room.say("welcome back");
    client.shows("<< welcome back").or_explain("a message is not shown", TASK_1);
    let before = pauses(&client).len();
    door.shut();
    client.shows("next try in ").or_explain("the pause is not told", TASK_4);
    client.shows(" s").or_explain("the pause is not told", TASK_4);
    let first = pauses(&client).get(before).copied().unwrap_or_default();
    check(first <= 0.1, "a first pause of 0.1 s or less", format!("`next try in {first} s`"))
        .or_explain("the pause stays long, although the room has said something meanwhile", TASK_4);
}

/// A try that nobody answers takes seconds: what is typed is taken meanwhile, and not when the try has failed.
#[test]
fn try_that_hangs_takes_what_is_typed() {
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (_room, door, mut client) = behind_a_door();
        // Whoever comes is let in, and what they say is thrown away.
        door.swallow();
        door.cut();
        door.knocks(1).or_explain("the client does not try to come back", TASK_4);
        client.type_raw(&"is anybody there?\n".repeat(100));
        client.type_line("/upper tea");
        client.shows_within("== /upper tea: TEA", patience() * 2).or_explain(NOT_TAKEN, TASK_4);
        let (screen, try_told) = (client.screen(), "next try in ");
        let tries = screen.split("== /upper").take(1).flat_map(|told| told.matches(try_told)).count();
        if tries == 1 {
            return;
        }
        seen.push(format!("it came before try number {}", tries.max(1)));
    }
    // A busy machine may need longer than a try, and not each time.
    check(false, "during the first try the answer to `/upper tea`, in one of three runs", seen.join(", "))
        .or_explain("what is typed is not taken while a try lasts: nothing fills the outbox then", TASK_4);
}

/// The pauses that the client has told, in seconds.
fn pauses(client: &Client) -> Vec<f64> {
    let screen = client.screen();
    screen.split("next try in ").skip(1).filter_map(|told| told.split(' ').next()?.parse().ok()).collect()
}

/// A room that opens its door and says nothing is not back: the pauses go on to grow.
#[test]
fn slammed_door_is_no_way_back() {
    let room = ScriptedRoom::with(practice::Rules {
        bots: false,
        ping_every: Duration::from_secs(60),
        ..Default::default()
    });
    let door = Door::to(&room);
    let client = Client::on_pipes(&program!("14"), &door);
    is_inside(&room, &client);
    door.slam();
    let knocks = door.knocks(6).or_explain("the client gives up, or its pauses grow too fast", TASK_4);
    let longest = knocks.windows(2).map(|pair| pair[1] - pair[0]).next_back().unwrap_or_default();
    let expected = "before the sixth try a pause of 500 ms or more";
    check(longest >= Duration::from_millis(500), expected, format!("a pause of {}", span(longest)))
        .or_explain(
            "a connection alone makes the pauses short again, before the room has said a word",
            TASK_4,
        );
}

/// A room that hangs breaks no line: asked, and silent for some seconds, it is gone, and the way back begins.
#[test]
fn room_that_hangs_is_noticed() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (_room, client) = in_a_stuck_room();
        // Twice the time that it may take, so that one that takes too long is told from one that never asks.
        let (began, limit) = (Instant::now(), patience().max(Duration::from_secs(16)));
        client.shows_within("the room is gone", limit).or_explain(NOT_ASKED, TASK_4);
        client.shows("next try in ").or_explain("the pause is not told", TASK_4);
        if began.elapsed() < Duration::from_secs(8) {
            return;
        }
        seen.push(span(began.elapsed()));
    }
    // A busy machine takes its time, and not each time.
    let expected = "a room that says nothing is gone within 8 s, in one of two runs";
    check(false, expected, seen.join(", "))
        .or_explain("it is asked less often than each second, or has more than 4 s to say something", TASK_4);
}

/// A room that has nothing to say is asked, and one that takes a while to answer is still there.
#[test]
fn slow_room_stays_the_room() {
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (room, mut client) = in_a_stuck_room();
        room.answers_last_of(1, Duration::from_millis(2500)).or_explain(NOT_ASKED, TASK_4);
        if client.screen().contains("the room is gone") {
            seen.push("the room is gone".to_owned());
            continue;
        }
        client.type_line("still here");
        match room.next_line() {
            Ok(line) if line == "still here" => return,
            Ok(line) => seen.push(format!("`{line}` came")),
            Err(missed) => seen.push(missed.instead),
        }
    }
    // A busy machine makes a slow room slower, and not each time.
    let expected = "a room that answers after 2.5 s hears `still here`, in one of three runs";
    check(false, expected, seen.join("\n"))
        .or_explain("a room that was asked counts as gone before its 4 s are over", TASK_4);
}

/// Where only the latest ping is answered, the pulse's own, that confirms what was sent, too.
#[test]
fn pulse_asks_for_the_last_line() {
    let (room, mut client) = in_a_stuck_room();
    client.type_line("is anybody there?");
    room.next_line().or_explain("a typed line is not sent", TASK_4);
    room.answers_last_of(2, Duration::ZERO).or_explain(NOT_ASKED, TASK_4);
    client.type_line("/quit");
    client.exits().or_explain("the client waits for a room that hangs", TASK_5);
    let told = client.screen().contains("!! not sent: ");
    check(!told, "a line whose ping was answered by the next one is not told as not sent", "it is told")
        .or_explain("the ping of each second carries another number than that of the last line", TASK_4);
}

/// A room that hangs soon takes nothing more; that is noticed, too, although the client is about to send.
#[test]
fn room_that_takes_nothing_is_noticed() {
    let (_room, mut client) = in_a_stuck_room();
    // More than the system holds for a connection of which the other end reads nothing, in so few lines that
    // a client whose connection waits has read them all.
    let line = "tea ".repeat(128 * 1024);
    (0..40).for_each(|_| client.type_line(&line));
    let limit = patience().max(Duration::from_secs(15));
    client
        .shows_within("the room is gone", limit)
        .or_explain("a send waits for ever, or nobody asks whether the room is there", TASK_4);
}

/// All lines of a pipe arrive, in order, although its end comes at once.
#[test]
fn end_of_input_loses_no_line() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    let lines: Vec<String> = (0..1000).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        room.hears_next(line)
            .or_explain("the client leaves before all is sent, or changes the order", TASK_4);
    }
    let ended = client.exits().or_explain("the end of a pipe is no end of input", TASK_1);
    check(ended == Ended::Status(0), "exit status 0", ended.to_string()).or_explain("it is an error", TASK_1);
}

/// A room that says goodbye has not vanished: the client ends, and does not come back.
#[test]
fn goodbye_of_the_room_is_the_end() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    room.close("closing time");
    client.shows("the room closed: closing time").or_explain("the reason is not shown", TASK_4);
    let ended = client.exits().or_explain("the client comes back to a room that has said goodbye", TASK_4);
    check(ended == Ended::Status(3), "exit status 3", ended.to_string())
        .or_explain("the end of the room is not told apart from your own", TASK_4);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
}

/// Awaits `found` while lines are typed, one after the other, as by somebody who does not mind that the room is away.
fn while_typing<T: Send>(client: &mut Client, found: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let finding = scope.spawn(found);
        while !finding.is_finished() {
            client.type_line("is anybody there?");
            thread::sleep(Duration::from_millis(20));
        }
        finding.join().expect("a thread that waits")
    })
}
