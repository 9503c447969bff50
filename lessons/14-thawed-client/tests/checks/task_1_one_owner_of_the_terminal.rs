//! Task 1, one owner of the terminal: what is typed and what is shown stay whole, in a terminal and on pipes.

use checks::{Client, Ended, Explain, ScriptedRoom, check, program};

use super::common::{Display, TASK_1, TASK_5, at_a_terminal, is_in, is_inside};

const PAST_THE_EDITOR: &str = "something is printed past the editor, into the line that is typed";
const EACH_WAITS: &str =
    "what waited to be shown is lost, or the editor waits for the event loop, which waits for the editor";

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
