//! Task 1, offload: the loop is free while a job runs, and its value, its error or its panic comes back.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, program, within};
use spawn_blocking::offload;
use tokio::{join, runtime::Builder};

use super::common::{INLINE, NO_JOIN, TASK_1, TASK_2, frozen};

/// Messages are shown although nobody has pressed Enter.
#[test]
fn messages_shown_while_the_prompt_waits() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    for message in ["the kettle boils", "the tea is ready", "the tea is cold"] {
        room.say(message);
        client.shows(message).unwrap_or_else(|missed| Err(missed).or_explain(frozen(&client), TASK_1));
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
    let result = result.or_explain("the error is unwrapped in `offload`", TASK_1);
    let same = result.as_ref().err().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
    check(same, "the error of the job: `no tea`, of the kind NotFound", told(result))
        .or_explain("the error is replaced by another one, or lost", TASK_1);
}

/// A panic of the job is an error with the text of the panic, and ends nothing else.
#[test]
fn panic_comes_back_as_an_error() {
    let job = || -> io::Result<()> { panic!("the cup broke") };
    let result = bounded(move || client_runtime().block_on(offload(job)));
    let result = result.or_explain("the panic of the job goes through the event loop", TASK_1);
    let text = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    check(text.contains("the cup broke"), "an error that says `the cup broke`", told(result))
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
    check(one.is_ok() && two.is_ok(), "two values", format!("{} and {}", told(one), told(two)))
        .or_explain("a result is lost", TASK_1);
}

/// A command that panics is reported with the text of its panic, and the client lives.
#[test]
fn panicking_command_is_reported() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line("/sleep -1");
    client.shows("!! /sleep -1: ").unwrap_or_else(|missed| {
        let (likely, read) = match client.exits_within(Duration::ZERO) {
            Ok(_) if client.screen().contains("resumed after completion") => (
                "a prompt that has its line is polled again: `set` the next one, also after a command",
                TASK_2,
            ),
            Ok(_) => ("the panic of the job goes through the event loop", TASK_1),
            Err(_) => (
                "the command is lost, or its answer is dropped before it is printed:\n\
                 a `JoinSet` has to live as long as the loop",
                TASK_1,
            ),
        };
        Err(missed).or_explain(likely, read)
    });
    client.shows("value is negative").or_explain("the text of the panic is lost", TASK_1);
    // A client that leaves shows what is said meanwhile, and answers no more pings.
    room.pongs(2).or_explain("the panic ended the client", TASK_2);
    room.say("who dropped that?");
    client.shows("who dropped that?").or_explain("the panic ended the client", TASK_2);
}

/// The kind of runtime on which the client runs.
fn client_runtime() -> tokio::runtime::Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs `work` on a thread of its own; neither a panic nor a deadlock ends the check without a sentence.
fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    let ended = within(patience(), "`offload` gives a result", || catch_unwind(AssertUnwindSafe(work)))?;
    ended.map_err(|panic| Missed::new("`offload` gives a result", format!("it panicked: {}", text(&*panic))))
}

/// What `offload` gave, in words.
fn told<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "a value".into(),
        Err(error) => format!("an error of the kind {:?}: `{error}`", error.kind()),
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
}
