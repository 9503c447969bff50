//! Task 3, one reader for life: one thread reads, and a line belongs to whoever asks when it comes.

use std::{
    future::Future,
    io::{self, ErrorKind},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Waker},
    time::{Duration, Instant},
};

use cancellation::Keyboard;
use checks::{
    Client, Ended, Explain, ScriptedRoom, awkward_line, check, no_text_ends_the_visit, patience, program,
};
use tokio::time::timeout;

use super::common::{IDEA, QUIET, answer, counting, keyboard_of, next_is, on_one_slot, quoted};

const READER: &str = "06-cancellation.md#task-3-one-reader-for-life";
const NO_ROOM: &str = "`run` returned before it joined the room";

/// More lines than a channel is likely to have places for.
const MANY: usize = 10_000;

/// The line that comes after a timed-out prompt goes to the next prompt.
#[test]
fn line_after_a_timed_out_prompt_goes_to_the_next() {
    let seen = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        let (mut keyboard, readers) = keyboard_of(typed);
        let first = timeout(Duration::from_millis(50), keyboard.line()).await;
        let _ = keys.send("red".to_owned());
        let second = answer(&mut keyboard).await;
        let _ = keys.send("blue".to_owned());
        (first.is_err(), second, answer(&mut keyboard).await, readers.lock().unwrap().clone())
    });
    let (timed_out, second, third, readers) = seen.or_explain("`line` does not end", READER);
    check(timed_out, "the first prompt times out", "it got a line that nobody typed")
        .or_explain("`line` does not wait", READER);
    let likely = match readers.iter().any(|(_, name)| name == "pool") {
        true => "the abandoned read of the first prompt took the line",
        false => "the line was kept for the prompt that is over, or thrown away with it",
    };
    check(second == "`red`", "the second prompt gets `red`", format!("it got {second}"))
        .or_explain(likely, READER);
    check(third == "`blue`", "the third prompt gets `blue`", format!("it got {third}"))
        .or_explain("a line is lost, or comes twice", READER);
}

/// However many prompts are dropped in between, each line comes once and in order, then the end of input, for good.
#[test]
fn dropped_prompts_lose_no_line() {
    let lost = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        let (mut keyboard, _) = keyboard_of(typed);
        for number in 0..200 {
            for _ in 0..number % 3 {
                let _ = timeout(Duration::ZERO, keyboard.line()).await;
            }
            let _ = keys.send(awkward_line(number));
            if number % 10 < 6 {
                next_is(&mut keyboard, Some(number)).await?;
                continue;
            }
            // Its prompts have hardly a moment: one that has the line in hand may be dropped, too.
            let mut answer = Err("nothing".to_owned());
            for millis in 0..100 {
                if let Ok(line) = timeout(Duration::from_millis(millis), keyboard.line()).await {
                    answer = line.map_err(|error| format!("the error `{error}`"));
                    break;
                }
            }
            let due = quoted(&Some(awkward_line(number)));
            let instead = answer.map_or_else(|missing| missing, |line| quoted(&line));
            check(
                instead == due,
                format!("{due} is next, of prompts that are dropped"),
                format!("{instead} came"),
            )?;
        }
        drop(keys);
        for _ in 0..3 {
            next_is(&mut keyboard, None).await?;
        }
        Ok(())
    });
    lost.or_explain("`line` does not end", READER)
        .or_explain("a dropped prompt takes a line with it", READER);
}

/// Lines that are typed while nobody asks wait, all of them, whatever is in them and however many they are.
#[test]
fn lines_wait_until_somebody_asks() {
    let lost = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        (0..200).for_each(|number| keys.send(awkward_line(number)).expect("the keys"));
        (200..MANY).for_each(|number| keys.send(number.to_string()).expect("the keys"));
        drop(keys);
        let (mut keyboard, _) = keyboard_of(typed);
        tokio::time::sleep(QUIET).await;
        for number in 0..200 {
            next_is(&mut keyboard, Some(number)).await?;
        }
        for number in 200..MANY {
            let (due, line) = (format!("`{number}`"), answer(&mut keyboard).await);
            check(line == due, format!("{due} is next, of {MANY} lines"), format!("{line} came"))?;
        }
        next_is(&mut keyboard, None).await
    });
    lost.or_explain("`line` does not end", READER)
        .or_explain("lines that nobody has asked for yet are thrown away, or changed", READER);
}

/// What `read` has as an error is heard by who asks, and is no end of input: the line behind it comes, and then the end.
#[test]
fn failed_read_is_an_error_of_the_prompt() {
    let seen = on_one_slot(async || {
        let no_text = || Err(io::Error::new(ErrorKind::InvalidData, "no text"));
        let (calls, reads) =
            (Arc::new(AtomicUsize::new(0)), Mutex::new(vec![Ok(Some("red".to_owned())), no_text()]));
        let counted = calls.clone();
        let read = move || {
            counted.fetch_add(1, SeqCst);
            reads.lock().unwrap().pop().unwrap_or(Ok(None))
        };
        let mut keyboard = Keyboard::new(read).expect("a keyboard");
        let (mut kind, first) = (None, timeout(patience() / 4, keyboard.line()).await);
        let first = match first {
            Ok(Err(error)) => {
                kind = Some(error.kind());
                format!("the error `{error}`")
            }
            Ok(Ok(line)) => quoted(&line),
            Err(_) => "nothing".into(),
        };
        let others = [answer(&mut keyboard).await, answer(&mut keyboard).await];
        tokio::time::sleep(QUIET).await;
        (first, kind, others, calls.load(SeqCst))
    });
    let (first, kind, [second, last], calls) = seen.or_explain("`line` does not end", READER);
    check(first == "the error `no text`", "`read` fails, and `line` gives the error `no text`", first)
        .or_explain("an error of `read` is not handed on", READER);
    check(
        kind == Some(ErrorKind::InvalidData),
        "`line` gives an error of the kind `InvalidData`",
        format!("{kind:?}"),
    )
    .or_explain("another error is made of the text of `read`'s", READER);
    check(
        second == "`red`" && last == "the end of input",
        "then `red`, and the end of input",
        format!("{second}, and {last}"),
    )
    .or_explain("the thread reads no more after an error, which is no end", READER);
    check(calls < 10, "no read after the end of input", format!("{calls} within 150 ms"))
        .or_explain("the thread reads on after the end, which comes again and again", READER);
}

/// A prompt that waits is left alone until its line comes: nothing else wakes it.
#[test]
fn prompt_is_woken_by_its_line_alone() {
    let seen = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        let (mut keyboard, _) = keyboard_of(typed);
        let wakes = Arc::new(AtomicUsize::new(0));
        let waker = counting(Waker::noop(), &wakes);
        let mut prompt = pin!(keyboard.line());
        let is_early = prompt.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        tokio::time::sleep(QUIET).await;
        let early = wakes.load(SeqCst);
        let _ = keys.send("red".to_owned());
        let is_answered = timeout(patience() / 4, prompt).await.is_ok();
        (is_early, early, is_answered)
    });
    let (is_early, early, is_answered) = seen.or_explain("`line` does not end", READER);
    check(!is_early, "a prompt that waits for its line", "it got one that nobody typed")
        .or_explain("`line` does not wait", READER);
    check(early == 0, "no wake while nobody types", format!("{early} within 150 ms"))
        .or_explain("`line` looks again and again: await `recv`, which is woken by the line", READER);
    check(is_answered, "the line that is typed then", "nothing")
        .or_explain("the line does not wake whoever polled last", READER);
}

/// One thread reads, with a name, however many prompts there were, and ends when nobody can ask any more.
#[test]
fn one_named_thread_reads() {
    let readers = on_one_slot(async || {
        let (keys, typed) = mpsc::channel();
        let (mut keyboard, readers) = keyboard_of(typed);
        for number in 0..20 {
            let _ = keys.send(awkward_line(number));
            let _ = timeout(patience() / 20, keyboard.line()).await;
        }
        drop(keyboard);
        let began = Instant::now();
        // What it reads from goes with the thread.
        while keys.send("late".to_owned()).is_ok() && began.elapsed() < patience() / 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let reads_on = keys.send("late".to_owned()).is_ok();
        (readers.lock().unwrap().clone(), reads_on)
    });
    let (readers, reads_on) = readers.or_explain("`line` does not end", READER);
    let names: Vec<String> = readers.into_iter().map(|(_, name)| name).collect();
    let expected = "one thread reads, and its name is `reading thread`";
    let missed = |likely| {
        check(false, expected, format!("these read: {}", names.join(", "))).or_explain(likely, READER)
    };
    match &names[..] {
        [] => missed("nobody calls `read`"),
        [name] if name == "reading thread" => {}
        [name] if name == "pool" => missed("`read` is called in the blocking pool"),
        [name] if name == "check" => missed("`read` is called on the event loop"),
        [_] => missed("`thread::Builder` gives a thread its name"),
        _ => missed("more than one thread reads"),
    }
    check(!reads_on, "the thread ends with the first line that nobody can ask for", "it reads on")
        .or_explain("the thread does not look whether its line was taken", READER);
}

/// After an unanswered `/ask` the next line goes to the room.
#[test]
fn line_after_an_unanswered_ask_reaches_the_room() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain(NO_ROOM, IDEA);
    client.type_line("/ask");
    client.shows("?? your name?").or_explain("the typed line reaches nobody", READER);
    client.shows("!! /ask: ").or_explain("the prompt has no limit", READER);
    client.type_line("hello all");
    room.hears("hello all").or_explain("the prompt that is over took the line along", READER);
}

/// An answer in time goes to the prompt and not to the room; the line after it goes to the room.
#[test]
fn answer_in_time_goes_to_the_prompt() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain(NO_ROOM, IDEA);
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
    room.joined().or_explain(NO_ROOM, IDEA);
    client.type_line("/slow 3000");
    room.pongs(2).or_explain("the job runs on the event loop", IDEA);
    client.interrupt();
    let ended = client.exits().or_explain("something waits for the job, or for the thread that reads", IDEA);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", ended.to_string())
        .or_explain("`run` does not return what `converse` returns", IDEA);
    let begins_a_line = client.screen().contains("\nlongest freeze: ");
    check(begins_a_line, "`longest freeze: ` begins a line after `^C`", format!("`{}`", client.screen()))
        .or_explain("the terminal has written `^C`, and nothing began a new line", IDEA);
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain(NO_ROOM, IDEA);
    client.end_input();
    let ended = client.exits().or_explain("the end of input reaches nobody", READER);
    check(ended == Ended::Status(0), "exit status 0 at the end of input", ended.to_string())
        .or_explain("the end of input is an error", READER);
}

/// A stdin that holds no text ends the visit as an error.
#[test]
fn stdin_without_text_is_an_error() {
    no_text_ends_the_visit(&program!("06")).or_explain("an error of `read` is no end of input", READER);
}
