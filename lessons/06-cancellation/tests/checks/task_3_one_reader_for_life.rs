//! Task 3, one reader for life: one thread reads, and a line belongs to whoever asks when it comes.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use cancellation::Keyboard;
use checks::{Client, Ended, Explain, ScriptedRoom, check, patience, program};
use tokio::time::timeout;

use super::common::{IDEA, on_one_slot};

const READER: &str = "06-cancellation.md#task-3-one-reader-for-life";

/// The line that comes after a timed-out prompt goes to the next prompt.
#[test]
fn line_after_a_timed_out_prompt_goes_to_the_next() {
    let second = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        let mut keyboard = keyboard_of(typed);
        let first = timeout(Duration::from_millis(50), keyboard.line()).await;
        for line in ["red", "blue"] {
            let _ = keys.send(line.to_owned());
        }
        (first.is_err(), keyboard.line().await.ok().flatten())
    });
    let (timed_out, second) = second.or_explain("the second prompt gets no line at all", READER);
    check(timed_out, "the first prompt times out", "it got a line that nobody typed")
        .or_explain("`line` does not wait", READER);
    let second = second.unwrap_or("the end of input".into());
    check(second == "red", "the second prompt gets `red`", format!("it got `{second}`"))
        .or_explain("the abandoned read of the first prompt took the line", READER);
}

/// However many prompts are dropped in between, each line comes once and in order, then the end of input.
#[test]
fn dropped_prompts_lose_no_line() {
    let lost = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        let mut keyboard = keyboard_of(typed);
        for number in 0..200 {
            for _ in 0..number % 3 {
                let _ = timeout(Duration::ZERO, keyboard.line()).await;
            }
            let _ = keys.send(format!("line {number}"));
            let line = timeout(patience() / 2, keyboard.line()).await.ok().and_then(Result::ok).flatten();
            if line != Some(format!("line {number}")) {
                let line = line.map_or("no line".into(), |line| format!("`{line}`"));
                return Some(format!("{line} came where `line {number}` was due"));
            }
        }
        drop(keys);
        (!matches!(keyboard.line().await, Ok(None))).then(|| "no end of input".into())
    });
    let lost = lost.or_explain("`line` waits for ever at the end of input", READER);
    check(lost.is_none(), "200 lines, each once and in order", lost.unwrap_or_default())
        .or_explain("a dropped prompt takes a line with it", READER);
}

/// One thread reads, with a name, however many prompts there were.
#[test]
fn one_named_thread_reads() {
    let readers = Arc::new(Mutex::new(HashSet::new()));
    let seen = readers.clone();
    let read = move || {
        let reader = thread::current();
        seen.lock().unwrap().insert((reader.id(), reader.name().unwrap_or("no name").to_owned()));
        Ok(Some("again".into()))
    };
    let asked = on_one_slot(async || {
        let mut keyboard = Keyboard::new(read).expect("a keyboard");
        for _ in 0..20 {
            let _ = keyboard.line().await;
        }
    });
    asked.or_explain("the thread does not read on", READER);
    let names: Vec<String> = readers.lock().unwrap().iter().map(|(_, name)| name.clone()).collect();
    check(names == ["reading thread"], "one thread named `reading thread`", format!("{names:?}"))
        .or_explain("each prompt has a thread of its own, or the pool reads", READER);
}

/// After an unanswered `/ask` the next line goes to the room.
#[test]
fn line_after_an_unanswered_ask_reaches_the_room() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("/ask");
    client.shows("?? your name?").or_explain("the typed line reaches nobody", READER);
    client.shows("!! /ask: ").or_explain("the prompt has no limit", READER);
    client.type_line("hello all");
    room.hears("hello all").or_explain("the abandoned read of `/ask` took the line", READER);
}

/// An answer in time goes to the prompt and not to the room; the line after it goes to the room.
#[test]
fn answer_in_time_goes_to_the_prompt() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("/ask");
    client.shows("?? your name?").or_explain("the typed line reaches nobody", READER);
    client.type_line("Ada");
    client.shows("== /ask: hello, Ada").or_explain("the answer went elsewhere", READER);
    client.type_line("here I am");
    let line = room.next_line().or_explain("the line after an answer reaches nobody", READER);
    check(line == "here I am", "`here I am` is the first line that the room hears", format!("`{line}`"))
        .or_explain("the answer went to the room too", READER);
}

/// Ctrl-C ends the client in the middle of a job, and the end of input ends it at the prompt.
#[test]
fn client_leaves_at_once() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("/slow 3000");
    room.pongs(2).or_explain("the job runs on the event loop", IDEA);
    client.interrupt();
    let ended = client.exits().or_explain("something waits for the job", IDEA);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", format!("{ended:?}"))
        .or_explain("`run` does not return what `converse` returns", IDEA);
    let begins_a_line = client.screen().contains("\nlongest freeze: ");
    check(begins_a_line, "`longest freeze: ` begins a line after `^C`", format!("`{}`", client.screen()))
        .or_explain("the terminal has written `^C`, and nothing began a new line", IDEA);
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("the end of input reaches nobody", READER);
    check(ended == Ended::Status(0), "exit status 0 at the end of input", format!("{ended:?}"))
        .or_explain("the end of input is an error", READER);
}

/// A keyboard on which the check types.
fn keyboard_of(typed: mpsc::Receiver<String>) -> Keyboard {
    let typed = Mutex::new(typed);
    Keyboard::new(move || Ok(typed.lock().unwrap().recv().ok())).expect("a keyboard")
}
