//! Task 1, one owner of the terminal: what is typed and what is shown stay whole, in a terminal and on pipes.

use std::{env, fs, process, thread, time::Duration};

use checks::{
    Client, Ended, Explain, Program, ScriptedRoom, check, no_text_ends_the_visit, pass_over, program,
};
use practice::Rules;

#[cfg(unix)]
use super::common::TASK_5;
use super::common::{Display, TASK_1, TASK_2, at_a_terminal, is_in, is_inside};

const PAST_THE_EDITOR: &str = "something is printed past the editor, into the line that is typed";
const EACH_WAITS: &str = "what waited to be shown is lost, or two threads wait for each other: what reads keys and what shows lines";
const OVERTAKEN: &str = "a text overtakes one that the editor has not drawn yet";
const ONE_ROW: &str = "the ends of lines are replaced, too: a text of two lines needs two rows";
const COMMANDS: &str = "control characters of a message reach the terminal";

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

/// Lines are typed fast while messages come: whatever is shown stands in the order in which it came.
///
/// Whether one overtakes is chance, so many have the chance.
#[test]
fn enter_lets_no_message_overtake() {
    const LINES: usize = 8;
    let room = patient_room();
    let mut client = Client::on_terminal(&program!("14"), &room);
    is_inside(&room, &client);
    let last = 2999;
    thread::scope(|scope| {
        let talking = scope.spawn(|| {
            for number in 0..=last {
                room.say(&format!("message {number}"));
                // What comes together is shown together, and overtakes nothing.
                thread::sleep(Duration::from_micros(300));
            }
        });
        while !talking.is_finished() {
            client.type_raw(&"tea\r".repeat(LINES));
            let heard = (0..LINES).try_for_each(|_| room.hears_next("tea"));
            heard.or_explain("a typed line does not reach the room", TASK_1);
        }
    });
    client.shows(&format!("<< message {last}\n")).or_explain("a message is not shown", TASK_1);
    let number = |line: &str| line.rsplit_once("<< message ")?.1.parse().ok();
    let shown: Vec<u32> = client.screen().lines().filter_map(number).collect();
    let swapped = shown.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let expected = format!("messages 0 to {last} in their order");
    check(swapped == 0, expected, format!("{swapped} of them stand above an earlier one"))
        .or_explain(OVERTAKEN, TASK_1);
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

/// No message moves the cursor, and none clears the screen: each is a row like any other.
#[test]
fn message_cannot_clear_the_screen() {
    let (room, mut client, mut display) = at_a_terminal();
    room.say("before");
    display.has(&client, "<< before").or_explain("a message is not shown", TASK_1);
    room.say("first of two\nlast of two");
    display.has(&client, "<< first of two").or_explain(ONE_ROW, TASK_1);
    display.has(&client, "<< last of two").or_explain(ONE_ROW, TASK_1);
    room.say("\x1b[1A\x1b[2K\x1b[1G== /balance: 0");
    room.say("hello\r== /balance: 0");
    room.say("after");
    display.has(&client, "<< after").or_explain("a message is not shown", TASK_1);
    let rows = display.rows();
    let spoofed = rows.iter().any(|row| row.starts_with("== "));
    check(is_in(&rows, "<< before") && !spoofed, "`<< before` stays above", rows.join("\n"))
        .or_explain(COMMANDS, TASK_1);
    room.say("black\ttea");
    // Those of both sets; a tab is none, and a line end begins a row of its own.
    let controls: Vec<char> =
        ('\0'..='\u{9f}').filter(|c| c.is_control() && !matches!(c, '\t' | '\n')).collect();
    controls.iter().for_each(|c| room.say(&format!("between{c}two words")));
    room.say("the end");
    client.shows("<< the end").or_explain("a message is not shown", TASK_1);
    let (rows, all) = (client.screen().matches("two words").count(), controls.len());
    check(
        rows >= all,
        format!("`two words` behind each of {all} control characters"),
        format!("{rows} times"),
    )
    .or_explain("what stands behind a control character is lost with it", TASK_1);
    let file = env::temp_dir().join(format!("thawed-title-{}", process::id()));
    fs::write(&file, "\x1b]0;another title\x07").expect("a file");
    client.type_line(&format!("/read {}", file.display()));
    client.shows("== /read ").or_explain("`/read` is not answered", TASK_2);
    client.shows("another title").or_explain("`/read` gives no text", TASK_2);
    let _ = fs::remove_file(file);
    let printed = client.screen();
    check(
        !printed.contains("\x1b]0;"),
        "no command to the terminal out of a file",
        "one that sets its title",
    )
    .or_explain(
        "what a command answers is shown as it is: it may clear your screen as a message may",
        TASK_1,
    );
    // A system may make spaces of a tab: here it would be eight.
    let tab = ["<< black\ttea", "<< black  "].iter().any(|row| printed.contains(row));
    check(tab, "the tab of `black\\ttea`", "none")
        .or_explain("a tab is replaced or removed, and does no harm", TASK_1);
    // The screen of a check has no carriage returns; the one above was seen in the rows.
    let reached: Vec<_> = controls.iter().filter(|c| printed.contains(&format!("between{c}two"))).collect();
    check(reached.is_empty(), "none of the 64 control characters", format!("{reached:?}"))
        .or_explain(COMMANDS, TASK_1);
}

/// On pipes there is no editor: lines in, lines out, no escape sequence, and the end of input is the end.
#[test]
fn pipes_take_plain_lines() {
    takes_plain_lines(|room| Client::on_pipes(&program!("14"), room));
    // As with `| tee log`: the keyboard alone is no terminal that an editor could draw in.
    if cfg!(unix) {
        let to_a_pipe = Program::at("sh").leading("-c").leading("\"$0\" \"$@\" | cat");
        let program = to_a_pipe.leading(program!("14").command().get_program());
        takes_plain_lines(|room| Client::on_terminal(&program, room));
    } else {
        pass_over("no shell gives a client the keyboard and a pipe here");
    }
}

#[track_caller]
fn takes_plain_lines(start: impl Fn(&ScriptedRoom) -> Client) {
    let room = ScriptedRoom::open();
    let mut client = start(&room);
    room.joined().or_explain("an editor wants a terminal, and fails without one", TASK_1);
    client.type_line("good morning");
    room.hears_next("good morning").or_explain("a line from a pipe does not reach the room", TASK_1);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("a message is not shown on a pipe", TASK_1);
    client.end_input();
    let ended = client.exits().or_explain("the end of a pipe is no end of input", TASK_1);
    check(ended == Ended::Status(0), "exit status 0", ended.to_string()).or_explain("it is an error", TASK_1);
    let escapes = client.screen().matches('\x1b').count();
    check(escapes == 0, "no escape sequence on a pipe", format!("{escapes} of them"))
        .or_explain("the editor draws although stdout is no terminal", TASK_1);
}

/// A terminal that cannot move its cursor has no editor: it takes plain lines, as a pipe does.
#[test]
fn dumb_terminal_takes_plain_lines() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_dumb_terminal(&program!("14"), &room);
    room.joined().or_explain("the client does not start in a terminal without an editor", TASK_1);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("a message is not shown", TASK_1);
    client.type_line("good morning");
    room.hears_next("good morning").or_explain("a line of such a terminal does not reach the room", TASK_1);
    client.type_line("/quit");
    client.exits().or_explain("`/quit` does not end it", TASK_1);
    let screen = client.screen();
    let escapes = screen.matches('\x1b').count();
    check(escapes == 0, "no escape sequence where `TERM=dumb`", format!("{escapes} of them"))
        .or_explain("an editor draws in a terminal that cannot move its cursor", TASK_1);
}

/// What is pasted may be several lines: each of them is one for the room.
#[test]
fn pasted_lines_are_lines() {
    let (room, mut client, _) = at_a_terminal();
    // So terminals mark a paste for an editor that has asked for it; a console of Windows types it.
    let lines = ["the kettle boils", "", "  /indented", "several   blanks ", "olé, Ωμέγα", "the cup is warm"];
    client.type_raw(&match cfg!(unix) {
        true => format!("\x1b[200~{}\x1b[201~\r", lines.join("\n")),
        false => lines.join("\r") + "\r",
    });
    for line in lines {
        room.hears_next(line)
            .or_explain("a paste of several lines does not arrive as such, each as it was", TASK_1);
    }
}

/// Bytes that are no text are an error, on a pipe and at a keyboard, and no end like another.
#[test]
fn bytes_that_are_no_text_are_an_error() {
    no_text_ends_the_visit(&program!("14")).or_explain("`plain.rs` was changed", TASK_1);
    if cfg!(not(unix)) {
        return pass_over("a console makes letters of bytes that are no text");
    }
    let (_room, mut client, _) = at_a_terminal();
    client.type_bytes(b"ol\xe9\r");
    // Who goes on after a complaint ends here.
    client.type_raw("\x04");
    let ended = client.exits().or_explain("neither the error nor Ctrl-D ends it", TASK_1);
    check(ended != Ended::Status(0), "an exit status that is not 0", ended.to_string())
        .or_explain("an error of the editor is taken for an end, or for nothing", TASK_1);
}

/// Ctrl-D behind letters is no end of input, and the letters stay.
#[test]
fn ctrl_d_in_a_line_loses_nothing() {
    let (room, mut client, _) = at_a_terminal();
    client.type_raw("the kettle\x04 boils\x04\x04\r");
    room.hears_next("the kettle boils")
        .or_explain("Ctrl-D in a line throws away what was typed, or ends the client", TASK_1);
}

/// A window of 0 by 0, as of a terminal that nobody has set up, takes lines and shows them.
#[test]
#[cfg(unix)]
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
        .or_explain("what is shown does not arrive whole where the window has no size", TASK_1);
    client.type_raw("\x04");
    client.exits().or_explain("the end of input does not end it", TASK_1);
    client.leaves_the_terminal_as_it_was().or_explain("raw mode stays on", TASK_5);
}

/// A terminal that takes no more text freezes nothing: what is said waits, and is shown when it reads on.
#[test]
fn terminal_that_hangs_freezes_nothing() {
    let room = patient_room();
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

/// A room that drops nobody who reads slowly.
fn patient_room() -> ScriptedRoom {
    ScriptedRoom::with(Rules { bots: false, queue: 10_000, ..Rules::default() })
}
