//! Task 2, one pending prompt: no typed line is lost, and no thread is left behind in `read_line`.

use checks::{
    Client, Ended, Explain, Missed, ScriptedRoom, awkward_line, check, no_text_ends_the_visit, program,
    thread_names,
};

use super::common::{INLINE, NO_JOIN, TASK_1, TASK_2};

/// More threads than the client of a right answer has, on whatever runtime.
const MANY: usize = 100;

/// Five typed lines arrive while a thousand messages do, and no thread is left behind for any of them.
#[test]
fn five_lines_arrive_among_a_thousand_messages() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    let mut first = None;
    for round in 1..=5 {
        (0..100).for_each(|number| room.say(&format!("early {round}.{number}")));
        client.shows(&format!("early {round}.99")).or_explain(INLINE, TASK_1);
        (0..100).for_each(|number| room.say(&format!("late {round}.{number}")));
        client.type_line(&format!("line {round}"));
        let stopped = "a typed line stops the messages, or no next prompt is set after it";
        client.shows(&format!("late {round}.99")).or_explain(stopped, TASK_2);
        let heard = room.hears(&format!("line {round}"));
        let now = thread_names(client.process()).map(|names| names.len());
        let lost = |missed: Missed| Missed::new(missed.expected, format!("it is lost; {}", threads(&client)));
        let likely = match now.is_some_and(|now| now < MANY) {
            true => "a line is read and then forgotten",
            false => "each turn of `select!` starts another `read_line`",
        };
        heard.map_err(lost).or_explain(likely, TASK_2);
        // A runtime may have as many threads as it likes, and the pool a spare one: they do not become more.
        let before = *first.get_or_insert(now);
        let grows = now.zip(before).is_some_and(|(now, before)| now > before + 3);
        let expected = format!("no more threads after {} messages than after 200", 200 * round);
        check(!grows, expected, threads(&client))
            .or_explain("each message, or each line, takes another thread of the pool", TASK_2);
    }
}

/// Lines from a pipe arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("04"), &room);
    // Few are long: the room has to hear them all before the client gives up waiting for its goodbye.
    let short = (24..200).map(|number| format!("line {number}"));
    let lines: Vec<String> = (0..24).map(awkward_line).chain(short).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        let said = room.next_line().or_explain("a line is read and then forgotten", TASK_2);
        check(said == *line, format!("`{line}` is the next line"), format!("`{said}` came")).or_explain(
            match lines.contains(&said) {
                true if runs_indented(&client, line) => {
                    "an indented line is no command: ask `is_command` as it is"
                }
                true => "more than one `read_line` runs at a time, or a line is left out",
                false => "a line is changed on its way",
            },
            TASK_2,
        );
    }
    client.exits().or_explain("the end of input does not end the loop", TASK_2);
}

/// A command that fails is one line, which names the file or says what to type; and the client lives.
#[test]
fn failed_command_is_one_error_line() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    for start in ["!! /read no-such-file: ", "!! /sleep x: how many seconds?", "!! /dance: the commands are"]
    {
        let typed = start[3..].split(':').next().unwrap_or_default();
        client.type_line(typed);
        client.shows(start).unwrap_or_else(|missed| {
            let shows = |mark| client.screen().contains(&format!("{mark} {typed}: "));
            let likely = match (shows("=="), shows("!!")) {
                (true, _) => "an error is printed as a value is: its line begins with `!!`",
                (_, true) => "the text of an error is changed on its way",
                _ => "a typed command is lost, or its error is not printed",
            };
            Err(missed).or_explain(likely, TASK_2)
        });
        room.say(typed);
        client
            .shows(&format!("<< {typed}"))
            .or_explain("the error ends the client, or the loop waits for the next key", TASK_2);
        let lines = client.screen().matches(&format!("!! {typed}")).count();
        check(lines == 1, "one error line", format!("{lines} of them"))
            .or_explain("the error is printed on its way and at its end", TASK_2);
    }
    client.type_line("/quit");
    room.hears("/quit").or_explain("`/quit` is for the room: ask `is_command`", TASK_2);
}

/// What is no text is an error, told with its line, and no end of input; the room hears goodbye all the same.
#[test]
fn bytes_that_are_no_text_are_an_error() {
    no_text_ends_the_visit(&program!("04"))
        .or_explain("an error of the prompt is dropped, or `chat` ends without `leave`", TASK_2);
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.pongs(6).or_explain(INLINE, TASK_1);
    client.end_input();
    let ended = client.exits().or_explain("another `read_line` is pending at the end of input", TASK_2);
    check(ended == Ended::Status(0), "exit status 0", ended.to_string())
        .or_explain("an error at the end", TASK_2);
    let (_, leaving) = room.left().or_explain("the process ended without closing", TASK_2);
    check(leaving == practice::Leaving::Closed, "a close frame", leaving.to_string())
        .or_explain("the socket is dropped where `leave` is due", TASK_2);
    let report = longest_freeze(&client.screen());
    let seen = report.map_or("no such line".to_owned(), |seconds| format!("{seconds} s"));
    check(report.is_some_and(|seconds| seconds < 0.75), "a line `longest freeze: …` below 0.75 s", seen)
        .or_explain("the loop waited for stdin", TASK_1);
}

/// Whether an indented line was taken for a command, of which the screen tells.
fn runs_indented(client: &Client, line: &str) -> bool {
    line.starts_with(' ') && client.shows(&format!("{}: ", line.trim())).is_ok()
}

/// How many threads the client has, as a sentence.
fn threads(client: &Client) -> String {
    match thread_names(client.process()) {
        Some(names) if names.len() > 100 => {
            format!("the client has more than {}00 threads", names.len() / 100)
        }
        Some(names) => format!("the client has {} threads", names.len()),
        None => "the client's threads cannot be counted here".into(),
    }
}

/// The figure in the line `longest freeze: 0.02 s`.
fn longest_freeze(screen: &str) -> Option<f64> {
    let (_, rest) = screen.split_once("longest freeze: ")?;
    rest.split_whitespace().next()?.parse().ok()
}
