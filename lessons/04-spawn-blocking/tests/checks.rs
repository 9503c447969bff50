//! What the client of lesson 04 must do; run them with `cargo course check 04`.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier},
    thread,
};

#[cfg(unix)]
use checks::Gate;
use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, thread_names, within};
use spawn_blocking::offload;
use tokio::{join, runtime::Builder};

const TASK_1: &str = "04-spawn-blocking.md#task-1-offload";
const TASK_2: &str = "04-spawn-blocking.md#task-2-one-pending-prompt";
const TASK_3: &str = "04-spawn-blocking.md#task-3-results-when-they-are-ready";
const INLINE: &str = "`offload` runs the job on the event loop's own thread, or waits for it there";
const NO_JOIN: &str = "`run` returned before it joined the room";

/// Messages are shown although nobody has pressed Enter.
#[test]
fn messages_shown_while_the_prompt_waits() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    for message in ["the kettle boils", "the tea is ready", "the tea is cold"] {
        room.say(message);
        client.shows(message).or_explain(INLINE, TASK_1);
    }
}

/// A strict room keeps the client, since its pongs go out all the time.
#[test]
fn pongs_go_out_while_the_prompt_waits() {
    let room = ScriptedRoom::strict();
    let _client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    room.pongs(6).or_explain(INLINE, TASK_1);
}

/// The value of the job comes back, and the job ran on another thread.
#[test]
fn job_runs_off_the_event_loop() {
    let job = || Ok((thread::current().id(), "cooked"));
    let awaited = move || (thread::current().id(), client_runtime().block_on(offload(job)));
    let (event_loop, result) = bounded(awaited).or_explain("`offload` panics, whatever the job", TASK_1);
    let (worker, value) = result.expect("this job has a value");
    check(value == "cooked", "the value of the job", format!("the value is `{value}`"))
        .or_explain("the result is not handed on", TASK_1);
    check(worker != event_loop, "the job runs on another thread than the event loop", "it ran on the loop's")
        .or_explain(INLINE, TASK_1);
}

/// An error of the job is the error of `offload`.
#[test]
fn error_comes_back_as_it_was() {
    let job = || Err::<(), _>(io::Error::new(io::ErrorKind::NotFound, "no tea"));
    let result = bounded(move || client_runtime().block_on(offload(job)));
    let error = result.or_explain("the error is unwrapped in `offload`", TASK_1).err();
    let same = error.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
    check(same, "the error of the job: `no tea`, of the kind NotFound", format!("{error:?}"))
        .or_explain("the error is replaced by another one, or lost", TASK_1);
}

/// A panic of the job is an error with the text of the panic, and ends nothing else.
#[test]
fn panic_comes_back_as_an_error() {
    let job = || -> io::Result<()> { panic!("the cup broke") };
    let result = bounded(move || client_runtime().block_on(offload(job)));
    let result = result.or_explain("the panic of the job goes through the event loop", TASK_1);
    let text = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    check(text.contains("the cup broke"), "an error that says `the cup broke`", format!("{result:?}"))
        .or_explain("the text of the panic is lost", TASK_1);
}

/// A job does not wait for the end of another: each of these two waits for the other to begin.
#[test]
fn two_jobs_run_at_once() {
    let both = Arc::new(Barrier::new(2));
    let (one, two) = (both.clone(), both);
    let meet = |barrier: Arc<Barrier>| move || Ok(barrier.wait().is_leader());
    let work = move || client_runtime().block_on(async { join!(offload(meet(one)), offload(meet(two))) });
    let (one, two) = bounded(work).or_explain("the second job begins when the first one has ended", TASK_1);
    check(one.is_ok() && two.is_ok(), "two values", format!("{one:?} and {two:?}"))
        .or_explain("a result is lost", TASK_1);
}

/// Five typed lines arrive while a thousand messages do, and no thread is left behind for any of them.
#[test]
fn five_lines_arrive_among_a_thousand_messages() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    for round in 1..=5 {
        (0..100).for_each(|number| room.say(&format!("early {round}.{number}")));
        client.shows(&format!("early {round}.99")).or_explain(INLINE, TASK_1);
        (0..100).for_each(|number| room.say(&format!("late {round}.{number}")));
        client.type_line(&format!("line {round}"));
        let stopped = "a typed line stops the messages, or no next prompt is set after it";
        client.shows(&format!("late {round}.99")).or_explain(stopped, TASK_2);
        let heard = room.hears(&format!("line {round}"));
        let lost = |missed: Missed| Missed::new(missed.expected, format!("it is lost; {}", threads(&client)));
        heard.map_err(lost).or_explain("each turn of `select!` starts another `read_line`", TASK_2);
    }
    let few = thread_names(client.process()).is_none_or(|names| names.len() <= 3);
    check(few, "at most 3 threads after 1000 messages", threads(&client))
        .or_explain("each message leaves a thread in `read_line`", TASK_2);
}

/// Lines from a pipe arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("04"), &room);
    let lines: Vec<String> = (0..200).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        let said = room.next_line().or_explain("a line is read and then forgotten", TASK_2);
        check(said == *line, format!("`{line}` is the next line"), format!("`{said}` came"))
            .or_explain("more than one `read_line` runs at a time", TASK_2);
    }
    client.exits().or_explain("the end of input does not end the loop", TASK_2);
}

/// A command that panics is reported with the text of its panic, and the client lives.
#[test]
fn panicking_command_is_reported() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line("/sleep -1");
    client
        .shows("!! /sleep -1: ")
        .or_explain("the panic goes on in `offload`, or the command is lost", TASK_1);
    client.shows("value is negative").or_explain("the text of the panic is lost", TASK_1);
    room.say("who dropped that?");
    client.shows("who dropped that?").or_explain("the panic ended the client", TASK_2);
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
        client.shows(start).or_explain("a typed command is lost, or its error is not printed", TASK_2);
        room.say(typed);
        client
            .shows(&format!("<< {typed}"))
            .or_explain("the error ends the client, or the loop waits for the next key", TASK_2);
        let lines = client.screen().matches(&format!("!! {typed}")).count();
        check(lines == 1, "one error line", format!("{lines} of them"))
            .or_explain("the error is printed on its way and at its end", TASK_2);
    }
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.pongs(6).or_explain(INLINE, TASK_1);
    client.end_input();
    let ended = client.exits().or_explain("another `read_line` is pending at the end of input", TASK_2);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", TASK_2);
    let (_, leaving) = room.left().or_explain("the process ended without closing", TASK_2);
    check(leaving == practice::Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the socket is dropped where `leave` is due", TASK_2);
    let report = longest_freeze(&client.screen());
    let small = report.is_some_and(|seconds| seconds < 0.75);
    check(small, "a longest freeze below 0.75 s", format!("{report:?}"))
        .or_explain("the loop waited for stdin", TASK_1);
}

/// While a command blocks, pongs go out, messages are shown and a typed line is sent; then the result is shown.
#[cfg(unix)]
#[test]
fn room_goes_on_while_a_command_runs() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("04"), &room);
    let mut gate = Gate::shut();
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line(&gate.command());
    gate.blocks_a_job().or_explain("a typed command is lost, or never run", TASK_2);
    let waits = "an arm of `select!` awaits the command: meanwhile no other arm is polled";
    room.pongs(6).or_explain(waits, TASK_3);
    room.say("the kettle boils");
    client.shows("the kettle boils").or_explain(waits, TASK_3);
    client.type_line("who has a cup?");
    room.hears("who has a cup?").or_explain(waits, TASK_3);
    gate.open("hot water");
    client.shows(&format!("== {}: hot water", gate.command())).or_explain("the result is lost", TASK_3);
}

/// Without named pipes: a message comes between a long command and its result.
#[cfg(not(unix))]
#[test]
fn room_goes_on_while_a_command_runs() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line("/sleep 4");
    client.type_line("who has a cup?");
    let waits = "an arm of `select!` awaits the command: meanwhile no other arm is polled";
    client.shows("<< you: who has a cup?").or_explain(waits, TASK_3);
    client.shows("== /sleep 4: awake again").or_explain(waits, TASK_3);
}

/// The command that ends first is answered first, although it was typed last.
#[cfg(unix)]
#[test]
fn results_come_in_the_order_of_completion() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    let (mut slow, mut quick) = (Gate::shut(), Gate::shut());
    room.joined().or_explain(NO_JOIN, TASK_1);
    for gate in [&mut slow, &mut quick] {
        client.type_line(&gate.command());
        gate.blocks_a_job().or_explain("a command begins when the one before it has ended", TASK_3);
    }
    quick.open("second typed");
    let late = "results wait for those of the commands typed before";
    client.shows(&format!("== {}: second typed", quick.command())).or_explain(late, TASK_3);
    slow.open("first typed");
    client.shows(&format!("== {}: first typed", slow.command())).or_explain("a result is lost", TASK_3);
}

/// The kind of runtime on which the client runs.
fn client_runtime() -> tokio::runtime::Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs `work` on a thread of its own; neither a panic nor a deadlock ends the check without a sentence.
fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    let ended = within(PATIENCE, "`offload` gives a result", || catch_unwind(AssertUnwindSafe(work)))?;
    ended.map_err(|panic| Missed::new("`offload` gives a result", format!("it panicked: {}", text(&*panic))))
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
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
