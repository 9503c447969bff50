//! What the client of lesson 14 must do; run them with `cargo course check 14`.

use std::{
    env, fs,
    hint::black_box,
    num::NonZeroU16,
    process,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use checks::{
    Client, Door, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, descendants, is_running, program,
    span, thread_names,
};
use practice::cores;

const IDEA: &str = "14-thawed-client.md#the-idea";
const TASK_1: &str = "14-thawed-client.md#task-1-one-owner-of-the-terminal";
const TASK_2: &str = "14-thawed-client.md#task-2-every-command-in-its-place";
const TASK_3: &str = "14-thawed-client.md#task-3-progress-and-cancelling";
const TASK_4: &str = "14-thawed-client.md#task-4-an-outbox-and-a-way-back";
const TASK_5: &str = "14-thawed-client.md#task-5-leave-it-as-you-found-it";
const NO_JOIN: &str = "`run` returned before it joined the room";
const NO_PROMPT: &str = "no prompt is drawn when the client starts";
const PAST_THE_EDITOR: &str = "something is printed past the editor, into the line that is typed";
const ON_THE_LOOP: &str =
    "the job runs on the event loop's own thread, or something blocks there until it ends";
const TOO_EARLY: &str = "a line leaves the outbox before the room is known to have it";
const EACH_WAITS: &str =
    "what waited to be shown is lost, or the editor waits for the event loop, which waits for the editor";
const NOT_TAKEN: &str = "what is typed is not taken while the room is away: nothing fills the outbox then";
const TOO_SLOW: &str =
    "the client gives up, its pauses grow too fast, or a line that is typed begins a pause anew";
const FORGOTTEN: &str = "nobody asks what became of the connection once the input has ended";
const OTHER_READER: &str = "another reader has taken the line: there is one for the life of the program";

/// The longest freeze that the client may show.
const FREEZE: Duration = Duration::from_millis(50);

// Task 1: one owner of the terminal.

/// A thousand messages come while a line is half typed: they stand whole, and the line stays and is sent whole.
#[test]
fn half_typed_line_survives_a_flood() {
    let (room, mut client, mut display) = at_a_terminal();
    client.type_raw("hello wor");
    display.has(&client, "> hello wor").or_explain("what is typed is not drawn behind the prompt", TASK_1);
    let messages: Vec<String> = (0..1000).map(|number| format!("message {number}")).collect();
    messages.iter().for_each(|message| room.say(message));
    let last = |rows: &[String]| {
        rows.last().is_some_and(|row| row == "> hello wor") && is_in(rows, "<< message 999")
    };
    display
        .until(&client, "`<< message 999`, and in the last row `> hello wor`", last)
        .or_explain(PAST_THE_EDITOR, TASK_1);
    let rows = display.rows();
    let torn = messages.iter().filter(|message| !is_in(&rows, &format!("<< {message}"))).count();
    check(torn == 0, "1000 messages, each in a row of its own", format!("{torn} of them are lost or torn"))
        .or_explain(PAST_THE_EDITOR, TASK_1);
    client.type_line("ld");
    room.hears_next("hello world")
        .or_explain("the line that was half typed is lost, or not sent whole", TASK_1);
}

/// The arrow brings back what was typed before.
#[test]
fn arrow_up_brings_a_line_back() {
    let (room, mut client, mut display) = at_a_terminal();
    client.type_line("the kettle boils");
    room.hears_next("the kettle boils").or_explain("a typed line does not reach the room", TASK_1);
    client.type_raw("\x1b[A");
    let rows = |rows: &[String]| rows.last().is_some_and(|row| row == "> the kettle boils");
    display
        .until(&client, "after the arrow, `> the kettle boils` in the last row", rows)
        .or_explain("lines are not added to the editor's history", TASK_1);
    client.type_line(" again");
    room.hears_next("the kettle boils again")
        .or_explain("lines are not added to the editor's history", TASK_1);
}

/// A message that moves the cursor and clears the screen is a row like any other.
#[test]
fn message_cannot_clear_the_screen() {
    let (room, client, mut display) = at_a_terminal();
    room.say("before");
    display.has(&client, "<< before").or_explain("a message is not shown", TASK_1);
    room.say("\x1b[1A\x1b[2K\x1b[1G== /balance: 0");
    room.say("after");
    display.has(&client, "<< after").or_explain("a message is not shown", TASK_1);
    let rows = display.rows();
    let spoofed = rows.iter().any(|row| row.starts_with("== "));
    check(is_in(&rows, "<< before") && !spoofed, "`<< before` stays above", rows.join("\n"))
        .or_explain("control characters of a message reach the terminal", TASK_1);
}

/// On pipes there is no editor: lines in, lines out, no escape sequence, and the end of input is the end.
#[test]
fn pipes_take_plain_lines() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().or_explain("an editor wants a terminal, and fails without one", TASK_1);
    client.type_line("good morning");
    room.hears_next("good morning").or_explain("a line from a pipe does not reach the room", TASK_1);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("a message is not shown on a pipe", TASK_1);
    client.end_input();
    let ended = client.exits().or_explain("the end of a pipe is no end of input", TASK_1);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("it is an error", TASK_1);
    let escapes = client.screen().matches('\x1b').count();
    check(escapes == 0, "no escape sequence on a pipe", format!("{escapes} of them"))
        .or_explain("the editor draws although stdout is no terminal", TASK_1);
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
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("it is an error", TASK_1);
}

/// A window of 0 by 0, as of a terminal that nobody has set up, takes lines and shows them.
#[test]
fn window_without_a_size_works() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal_without_a_size(&program!("14"), &room);
    room.joined().or_explain("the client does not start where the window has no size", TASK_1);
    let (said, mut display) =
        (["the kettle boils", "the cup is warm", "the tea is ready"], Display::default());
    for text in said {
        room.say(text);
        client
            .shows(&format!("<< {text}"))
            .or_explain("nothing is shown where the window has no size", TASK_1);
        client.type_line(&format!("I hear: {text}"));
        room.hears_next(&format!("I hear: {text}"))
            .or_explain("nothing can be typed where the window has no size", TASK_1);
    }
    let whole =
        |rows: &[String]| said.iter().all(|text| rows.iter().any(|row| row.ends_with(&format!("<< {text}"))));
    display
        .until(&client, "all three messages", whole)
        .or_explain("an editor redraws in a window of which it does not know the width", TASK_1);
    client.end_input();
    client.exits().or_explain("the end of input does not end it", TASK_1);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
}

/// A terminal that takes no more text freezes nothing: what is said waits, and is shown when it reads on.
#[test]
fn terminal_that_hangs_freezes_nothing() {
    let room =
        ScriptedRoom::with(practice::Rules { bots: false, queue: 10_000, ..practice::Rules::default() });
    let mut client = Client::on_terminal(&program!("14"), &room);
    is_inside(&room, &client);
    let mut display = Display::default();
    client.hangs();
    let long = "x".repeat(1000);
    (0..200).for_each(|_| room.say(&long));
    client.type_line("still here");
    room.pongs(6).or_explain("the event loop writes to the terminal itself, and waits for it", TASK_1);
    // More than fits into every channel, both ways: the event loop waits then, and the editor must not wait for it.
    (0..1100).for_each(|number| room.say(&format!("message {number}")));
    // A client whose channels have no end answers, and need not wait.
    let _ = room.unanswered_pings(2);
    let typed: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
    typed.iter().for_each(|line| client.type_line(line));
    client.reads_on();
    display.has(&client, "<< message 1099").or_explain(EACH_WAITS, TASK_1);
    for line in ["still here"].into_iter().chain(typed.iter().map(String::as_str)) {
        room.hears_next(line).or_explain("a line that was typed meanwhile is lost", TASK_1);
    }
}

// Task 2: every command in its place.

/// Each place does its work and answers; what cannot be done is an error line.
#[test]
fn every_place_answers() {
    let (room, mut client, _) = at_a_terminal();
    let file = env::temp_dir().join(format!("thawed-{}", process::id()));
    fs::write(&file, "tea, milk, sugar").expect("a file");
    let read = format!("/read {}", file.display());
    for (line, answer) in [
        (read.as_str(), "== /read "),
        ("/primes 60000", "== /primes 60000: 6057 primes"),
        ("/upper tea", "== /upper tea: TEA"),
        ("/panic the cup broke", "!! /panic the cup broke: the job panicked: the cup broke"),
        ("/read nowhere", "!! /read nowhere: "),
        ("/primes x", "!! /primes x: "),
        ("/dance", "!! /dance: "),
    ] {
        client.type_line(line);
        client.shows(answer).or_explain("a command is not answered", TASK_2);
    }
    let shown = client.screen().contains("tea, milk, sugar");
    let _ = fs::remove_file(file);
    check(shown, "the text of the file", "another answer").or_explain("`/read` gives no text", TASK_2);
    room.say("and now?");
    client.shows("<< and now?").or_explain("a command that fails ends the client", TASK_2);
}

/// Jobs that wait, compute and run for ever, all at once: the room goes on, and drops nobody for silence.
#[test]
fn room_goes_on_during_every_job() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.shows("> ").or_explain(NO_PROMPT, TASK_1);
    for job in ENDLESS {
        client.type_line(job);
        client.type_line("still here");
        room.hears("still here").map_err(|missed| during(job, missed)).or_explain(ON_THE_LOOP, TASK_2);
    }
    room.pongs(6).or_explain(ON_THE_LOOP, TASK_2);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(ON_THE_LOOP, TASK_2);
}

/// Each job is where it belongs, and no more compute than there are cores: `/stats` says so.
#[test]
fn jobs_run_where_they_belong() {
    let (_room, mut client, _) = at_a_terminal();
    let many = cores() + 2;
    (0..many).for_each(|_| client.type_line("/primes 30000000000"));
    client.type_line("/sleep 3600");
    client.type_line("/slow 3600");
    for wanted in [
        "blocking pool: 1 running, 1 awaited".to_owned(),
        format!("CPU pool: {} running, {many} awaited", cores()),
        "process pool: 1 running, 0 waiting".to_owned(),
    ] {
        has_stats(&mut client, &wanted)
            .or_explain("a command runs in another pool than the page says", TASK_2);
    }
}

/// A worker that crashes takes its own request along, and nothing else.
#[test]
fn crash_kills_a_worker_only() {
    let (room, mut client, _) = at_a_terminal();
    let before = client.process();
    client.type_line("/crash");
    client
        .shows("!! /crash: the worker died: ")
        .or_explain("the crash is not told, or is the client's own", TASK_2);
    client.type_line("still here");
    room.hears_next("still here").or_explain("the crash has taken the client along", TASK_2);
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain("no worker follows the one that died", TASK_2);
    check(client.process() == before, "the same client", "another one").or_explain("it was replaced", TASK_2);
}

// Task 3: progress and cancelling.

/// A long job tells in the prompt how far it is, and leaves the line alone that is being typed.
#[test]
fn prompt_shows_progress() {
    let (room, mut client, mut display) = at_a_terminal();
    client.type_line("/primes 30000000000");
    client.type_raw("hello wor");
    let is_progress = |row: &String| row.starts_with("[/primes ") && row.ends_with(" %] > hello wor");
    let shown = |rows: &[String]| rows.last().is_some_and(is_progress);
    display
        .until(&client, "`[/primes 0 %] > hello wor` in the last row", shown)
        .or_explain("progress is not shown in the prompt", TASK_3);
    client.type_line("ld");
    room.hears_next("hello world").or_explain("progress is drawn into what is typed", TASK_3);
    client.interrupt();
    client.shows("!! /primes 30000000000: cancelled").or_explain("Ctrl-C does not cancel the job", TASK_3);
    let bare = |rows: &[String]| rows.last().is_some_and(|row| row == ">");
    display
        .until(&client, "a prompt without progress", bare)
        .or_explain("the prompt still tells of a job that is gone", TASK_3);
}

/// On a pipe progress is a line.
#[test]
fn pipe_shows_progress() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/primes 30000000000");
    client.shows(".. /primes 0 %").or_explain("progress is not shown where there is no prompt", TASK_3);
}

/// In a terminal Ctrl-C is a key: it cancels what runs, and where nothing runs it ends the client.
#[test]
fn interrupt_cancels_the_jobs_first() {
    let (room, mut client, _) = at_a_terminal();
    start(&room, &mut client, &ENDLESS[1..]);
    client.interrupt();
    are_cancelled(&client, &ENDLESS[1..]);
    client.type_line("still here");
    room.hears("still here").or_explain("Ctrl-C ends the client although a job runs", TASK_3);
    // Both keys at once, and often: the task may have begun before the second one is read.
    for _ in 0..300 {
        client.type_raw("/primes 30000000000\r\x03");
        client
            .shows(": cancelled")
            .or_explain("Ctrl-C misses a job that was started just before: its task had not begun", TASK_3);
    }
    client.interrupt();
    let ended = client.exits().or_explain("Ctrl-C does not end the client, where nothing runs", TASK_3);
    check(ended == Ended::Status(130), "exit status 130", format!("{ended:?}"))
        .or_explain("`run` does not return the status of a client that was interrupted", TASK_3);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
}

/// On a pipe Ctrl-C is a signal, and does the same.
#[cfg(unix)]
#[test]
fn signal_cancels_the_jobs_first() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    start(&room, &mut client, &ENDLESS[1..]);
    client.catches_interrupts().or_explain("nothing listens to the signal", TASK_3);
    client.interrupt();
    are_cancelled(&client, &ENDLESS[1..]);
    client.type_line("still here");
    room.hears("still here").or_explain("Ctrl-C ends the client although a job runs", TASK_3);
    client.interrupt();
    let ended = client.exits().or_explain("Ctrl-C does not end the client, where nothing runs", TASK_3);
    check(ended == Ended::Status(130), "exit status 130", format!("{ended:?}"))
        .or_explain("`run` does not return the status of a client that was interrupted", TASK_3);
}

/// What can be stopped stops: the count of primes at its next look, the worker by being killed. The thread goes on.
#[test]
fn cancelled_jobs_stop() {
    let (room, mut client, _) = at_a_terminal();
    start_all(&room, &mut client);
    has_stats(&mut client, "process pool: 1 running").or_explain("no worker does `/slow`", TASK_2);
    let workers = descendants(client.process()).unwrap_or_default();
    client.interrupt();
    all_cancelled(&client);
    has_stats(&mut client, "blocking pool: 1 running, 0 awaited")
        .or_explain("nobody waits for it any more, and its thread goes on", TASK_3);
    has_stats(&mut client, "CPU pool: 0 running, 0 awaited")
        .or_explain("the future of the job is kept: so the job is still wanted", TASK_3);
    has_stats(&mut client, "process pool: 0 running")
        .or_explain("the call is still awaited: so its worker is not killed", TASK_3);
    are_gone(&workers).or_explain("the worker goes on although its job is cancelled", TASK_3);
}

// Task 4: an outbox and a way back.

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

/// A line that left, and never arrived, is sent again: `send` was right, and the room has not got it.
#[test]
fn line_sent_into_the_void_is_sent_again() {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_pipes(&program!("14"), &door);
    is_inside(&room, &client);
    let line = "into the void ".repeat(100).trim_end().to_owned();
    door.swallow();
    client.type_line(&line);
    door.has_swallowed(line.len()).or_explain("a typed line is not sent", TASK_4);
    door.shut();
    client.shows("the room is gone").or_explain("a room that vanishes ends the client", TASK_4);
    door.open();
    let next = room.next_line().map_err(|missed| Missed::new("the line is sent again", missed.instead));
    let next = next.or_explain(TOO_EARLY, TASK_4);
    check(next == line, "the line is sent again", format!("`{next}` came")).or_explain(TOO_EARLY, TASK_4);
}

/// A line that the room has is not sent again after the next outage.
#[test]
fn confirmed_line_is_not_sent_again() {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_pipes(&program!("14"), &door);
    is_inside(&room, &client);
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
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_pipes(&program!("14"), &door);
    is_inside(&room, &client);
    door.shut();
    let knocks = while_typing(&mut client, || door.knocks(6)).or_explain(TOO_SLOW, TASK_4);
    let longest = knocks.windows(2).map(|pair| pair[1] - pair[0]).next_back().unwrap_or_default();
    let expected = "before the sixth try a pause of 500 ms or more";
    check(longest >= Duration::from_millis(500), expected, format!("a pause of {}", span(longest)))
        .or_explain("pauses do not grow: a room that starts again meets all its guests at once", TASK_4);
    client.shows("next try in ").or_explain("the pause is not told", TASK_4);
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(NOT_TAKEN, TASK_4);
    door.open();
    room.joined().or_explain("the pauses grow without a limit", TASK_4);
    client.shows("back in the room").or_explain("that the room is back is not told", TASK_4);
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

/// Who leaves while the room is away is not kept, and is told which lines were not sent.
#[test]
fn unsent_lines_are_told_at_the_end() {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_terminal(&program!("14"), &door);
    is_inside(&room, &client);
    door.shut();
    client.shows("the room is gone").or_explain("a room that vanishes ends the client", TASK_4);
    client.type_line("is anybody there?");
    client.type_line("/quit");
    client.shows("!! not sent: is anybody there?").or_explain("a line is lost, and nobody is told", TASK_4);
    let ended = client.exits().or_explain("the client waits for a room that is away", TASK_5);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("it is an error", TASK_5);
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
    check(ended == Ended::Status(3), "exit status 3", format!("{ended:?}"))
        .or_explain("the end of the room is not told apart from your own", TASK_4);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
}

// Task 5: leave it as you found it.

/// However the client ends, jobs in every pool or not, the terminal is as it was, and no worker is left.
#[test]
fn every_end_leaves_the_terminal_as_it_was() {
    let mut ways: Vec<(&str, Way, Ended)> = vec![
        ("/quit", |_, client| client.type_line("/quit"), Ended::Status(0)),
        ("Ctrl-D", |_, client| client.end_input(), Ended::Status(0)),
        ("the room's goodbye", |room, _| room.close("closing time"), Ended::Status(3)),
        ("a panic in the event loop", |_, client| client.type_line("/bug"), Ended::Status(101)),
    ];
    if cfg!(unix) {
        // A shell tells 143 of both: whoever is ended by the signal, and whoever ends because of it.
        ways.push(("`kill`", |_, client| client.terminate(), Ended::Signal));
    }
    for (way, end, status) in ways {
        // The client waits for its terminal for a moment only, and a busy machine may let it pass.
        let mut cleared = leaves_no_prompt(way, end, status);
        for _ in 0..2 {
            cleared = cleared.or_else(|_| leaves_no_prompt(way, end, status));
        }
        cleared.or_explain(
            "the editor is not flushed at the end, or somebody keeps a sender for its lines",
            TASK_5,
        );
    }
}

/// A way to end a client.
type Way = fn(&ScriptedRoom, &mut Client);

/// Ends a client with jobs in every pool: all is in order, but a prompt may be left on the screen.
fn leaves_no_prompt(way: &str, end: Way, status: Ended) -> Result<(), Missed> {
    let (room, mut client, mut display) = at_a_terminal();
    start_all(&room, &mut client);
    has_stats(&mut client, "process pool: 1 running").or_explain("no worker does `/slow`", TASK_2);
    let workers = descendants(client.process()).unwrap_or_default();
    end(&room, &mut client);
    let ended = client.exits().map_err(|missed| during(way, missed));
    let ended = ended.or_explain("the end waits for a job that has none", TASK_5);
    check(ended == status, format!("{status:?} after {way}"), format!("{ended:?}"))
        .or_explain("the ways to end are not told apart", TASK_5);
    let restored = client.leaves_the_terminal_as_it_was().map_err(|missed| during(way, missed));
    restored.or_explain("the process ends before the editor is dropped, so raw mode stays on", TASK_5);
    are_gone(&workers)
        .map_err(|missed| during(way, missed))
        .or_explain("a worker outlives the client", TASK_5);
    let cleared = |rows: &[String]| rows.last().is_some_and(|row| !row.ends_with('>'));
    display.until(&client, "no prompt at its end", cleared).map_err(|missed| during(way, missed))
}

/// The text of a panic can be read: it is not printed in steps across the screen, and not into the prompt.
#[test]
fn panic_can_be_read() {
    let (_room, mut client, mut display) = at_a_terminal();
    client.type_line("/bug");
    client.exits().or_explain("a panic in the event loop does not end the client", TASK_5);
    let text = "a bug in the client, typed on purpose";
    let begins = |row: &String| row.starts_with("thread 'main' ") || row.starts_with("panicked at ");
    let told = |rows: &[String]| is_in(rows, text) && rows.iter().any(begins);
    display
        .until(&client, &format!("where it panicked, and `{text}`, each at the beginning of a row"), told)
        .or_explain("the panic is printed while the editor has the terminal", TASK_5);
}

/// A room that never was there is an error at once, and the terminal is as it was.
#[test]
fn wrong_address_is_an_error() {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    door.shut();
    let client = Client::on_terminal(&program!("14"), &door);
    client.shows("no room answers at ").or_explain("a wrong address is not told", TASK_5);
    let ended =
        client.exits().or_explain("the client tries for ever to reach an address that may be wrong", TASK_4);
    check(ended == Ended::Status(1), "exit status 1", format!("{ended:?}"))
        .or_explain("it is no error", TASK_5);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
    let mut client = Client::on_pipes(&program!("14"), &door);
    client.type_line("is anybody there?");
    client.end_input();
    client.shows("no room answers at ").or_explain(FORGOTTEN, TASK_5);
    let ended = client.exits().or_explain("the end of a pipe is no end of input", TASK_1);
    check(ended == Ended::Status(1), "exit status 1", format!("{ended:?}")).or_explain(FORGOTTEN, TASK_5);
}

/// After a flood, a crash, jobs in every pool and an outage, the longest freeze is a short one.
#[test]
fn longest_freeze_stays_short() {
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (freeze, lag) = beside_a_thread_that_works(longest_freeze);
        seen.push(format!("{} ms, and {} ms for a thread of the check", freeze.as_millis(), lag.as_millis()));
        // A busy machine lets every thread wait; what freezes by itself waits far longer than others do.
        if freeze < FREEZE + 3 * lag {
            return;
        }
    }
    check(false, format!("a freeze of less than {} in one of five runs", span(FREEZE)), seen.join("\n"))
        .or_explain(ON_THE_LOOP, TASK_5);
}

/// Runs `visit`, and says by how much the same short work took another thread longer at most than at least.
///
/// A thread that only sleeps would not tell: a busy machine lets it go first.
fn beside_a_thread_that_works<T>(visit: impl FnOnce() -> T) -> (T, Duration) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let working = scope.spawn(|| {
            let (mut shortest, mut longest) = (Duration::MAX, Duration::ZERO);
            while !is_over.load(Relaxed) {
                let began = Instant::now();
                (0..1_000_000).for_each(|number| _ = black_box(number));
                (shortest, longest) = (shortest.min(began.elapsed()), longest.max(began.elapsed()));
                thread::sleep(Duration::from_millis(20));
            }
            longest.saturating_sub(shortest)
        });
        let visited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(visit));
        is_over.store(true, Relaxed);
        let lag = working.join().expect("a thread that works");
        (visited.unwrap_or_else(|panic| std::panic::resume_unwind(panic)), lag)
    })
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

/// One visit with all that there is, and what `/stats` says of it.
fn longest_freeze() -> Duration {
    let room = ScriptedRoom::open();
    let door = Door::to(&room);
    let mut client = Client::on_terminal(&program!("14"), &door);
    is_inside(&room, &client);
    start_all(&room, &mut client);
    client.type_line("/crash");
    client.shows("!! /crash: the worker died").or_explain("the crash is not told", TASK_2);
    (0..500).for_each(|number| room.say(&format!("message {number}")));
    client.shows("<< message 499").or_explain(ON_THE_LOOP, TASK_1);
    door.cut();
    room.joined().or_explain("the client does not come back", TASK_4);
    client.interrupt();
    all_cancelled(&client);
    client.type_line("/stats");
    client
        .shows("== /stats: longest freeze ")
        .or_explain("`/stats` does not tell the longest freeze", TASK_5);
    client.shows(" ms").or_explain("`/stats` does not tell the longest freeze", TASK_5);
    let screen = client.screen();
    let told =
        screen.rsplit_once("longest freeze ").and_then(|(_, told)| told.split(' ').next()?.parse().ok());
    let told = told.ok_or_else(|| Missed::new("a number of milliseconds", "none"));
    Duration::from_millis(told.or_explain("`/stats` does not tell the longest freeze", TASK_5))
}

/// A job for each pool; none of them ends by itself before the check does.
const ENDLESS: [&str; 3] = ["/sleep 3600", "/primes 30000000000", "/slow 3600"];

/// Starts them all.
#[track_caller]
fn start_all(room: &ScriptedRoom, client: &mut Client) {
    start(room, client, &ENDLESS);
}

/// Starts these jobs; a line that reaches the room after them says that they were typed.
#[track_caller]
fn start(room: &ScriptedRoom, client: &mut Client, jobs: &[&str]) {
    jobs.iter().for_each(|job| client.type_line(job));
    client.type_line("all started");
    room.hears("all started").or_explain(ON_THE_LOOP, TASK_2);
}

/// Waits until they all are cancelled.
#[track_caller]
fn all_cancelled(client: &Client) {
    are_cancelled(client, &ENDLESS);
}

/// Waits until each of these jobs is told to be cancelled, in whichever order.
#[track_caller]
fn are_cancelled(client: &Client, jobs: &[&str]) {
    for _ in jobs {
        client.shows(": cancelled").or_explain("Ctrl-C does not cancel every job that runs", TASK_3);
    }
}

/// Types `/stats` until it says `wanted`.
fn has_stats(client: &mut Client, wanted: &str) -> Result<(), Missed> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        client.type_line("/stats");
        client.shows("== /stats: ")?;
        client.shows("worker processes: ")?;
        let screen = client.screen();
        let told = screen.rsplit_once("== /stats: ").map_or("", |(_, told)| told);
        if told.contains(wanted) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let told: Vec<&str> = told.lines().take(5).map(str::trim).collect();
            return Err(Missed::new(format!("`/stats` says `{wanted}`"), told.join("\n")));
        }
    }
}

/// Waits until none of these processes runs; where the system does not say, at once.
fn are_gone(processes: &[u32]) -> Result<(), Missed> {
    let deadline = Instant::now() + PATIENCE;
    while let Some(process) = processes.iter().find(|process| is_running(**process) == Some(true)) {
        if Instant::now() > deadline {
            return Err(Missed::new("no worker process is left", format!("process {process} still runs")));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

fn during(what: &str, missed: Missed) -> Missed {
    Missed::new(missed.expected, format!("{what}: {}", missed.instead))
}

/// A client in a terminal, in a room that has let it in, and what its terminal displays.
#[track_caller]
fn at_a_terminal() -> (ScriptedRoom, Client, Display) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("14"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.shows("> ").or_explain(NO_PROMPT, TASK_1);
    (room, client, Display::default())
}

/// Waits until the client has heard a word of the room: before that, a cut line is a room that never was there.
#[track_caller]
fn is_inside(room: &ScriptedRoom, client: &Client) {
    room.joined().or_explain(NO_JOIN, IDEA);
    room.say("welcome");
    client.shows("<< welcome").or_explain("a message is not shown", TASK_1);
}

fn is_in(rows: &[String], row: &str) -> bool {
    rows.iter().any(|other| other == row)
}

/// What a terminal displays: it carries out what the client asks of the cursor. It is so high that nothing scrolls away.
struct Display(vt100::Parser);

impl Default for Display {
    fn default() -> Display {
        let size = |number| NonZeroU16::new(number).expect("a size");
        Display(vt100::Parser::new(size(4000), size(80), 0))
    }
}

impl Display {
    /// The rows, without the spaces at their ends, down to the last one that is not empty.
    fn rows(&self) -> Vec<String> {
        let mut rows: Vec<String> =
            self.0.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
        rows.truncate(rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
        rows
    }

    /// Waits until a row is exactly this.
    fn has(&mut self, client: &Client, row: &str) -> Result<(), Missed> {
        self.until(client, &format!("the row `{row}`"), |rows| is_in(rows, row))
    }

    /// Waits until the rows are as they should be.
    fn until(
        &mut self,
        client: &Client,
        what: &str,
        holds: impl Fn(&[String]) -> bool,
    ) -> Result<(), Missed> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rows = self.rows();
            if holds(&rows) {
                return Ok(());
            }
            let printed = client.take_output(deadline.saturating_duration_since(Instant::now()));
            if printed.is_empty() {
                let last = rows[rows.len().saturating_sub(3)..].join("\n");
                return Err(Missed::new(format!("the screen shows {what}, within {}", span(PATIENCE)), last));
            }
            self.0.process(&printed);
        }
    }
}
