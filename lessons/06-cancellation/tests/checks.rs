//! What the client of lesson 06 must do; run them with `cargo course check 06`.

use std::{
    collections::HashSet,
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use cancellation::{Keyboard, Token, in_parts, limited, offload};
use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, within};
use tokio::{
    runtime::{Builder, Runtime},
    select,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

const IDEA: &str = "06-cancellation.md#the-idea";
const TOKEN: &str = "06-cancellation.md#task-1-tell-the-job";
const KEPT: &str = "06-cancellation.md#task-2-keep-what-was-finished";
const READER: &str = "06-cancellation.md#task-3-one-reader-for-life";
const OTHER_TOKIO: &str = "this Tokio is not the one that the page describes";

// What Tokio does by itself: these are green before you change a line.

/// `abort` on a running job changes nothing: the job goes on, and the await gives its result.
#[test]
fn abort_on_a_running_job_is_ignored() {
    let result = on_one_slot(async || {
        let (part, mut parts, gate) = gated();
        let running = spawn_blocking(|| (0..30).map(part).count());
        parts.recv().await;
        running.abort();
        drop(gate);
        running.await
    });
    let result = result.or_explain(OTHER_TOKIO, IDEA);
    check(matches!(result, Ok(30)), "the await gives the job's result", format!("{result:?}"))
        .or_explain(OTHER_TOKIO, IDEA);
}

/// An aborted job in the queue never runs; its handle answers when a pool thread reaches it, not before.
#[test]
fn aborted_job_in_the_queue_never_runs_and_answers_late() {
    let seen = on_one_slot(async || {
        let (ahead, gate) = occupied_slot().await;
        let (part, mut parts, _) = gated();
        let mut queued = spawn_blocking(|| (0..30).map(part).count());
        queued.abort();
        let early = timeout(Duration::from_millis(100), &mut queued).await.is_ok();
        drop(gate);
        let cancelled = queued.await.is_err_and(|error| error.is_cancelled());
        (ahead.await.is_ok(), early, cancelled, rest(&mut parts).await)
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    let expected = "the job ahead ends, no early answer, then `cancelled`, and no part begins";
    check(seen == (true, false, true, 0), expected, format!("{seen:?}")).or_explain(OTHER_TOKIO, IDEA);
}

/// A job in the queue whose handle is dropped runs all the same.
#[test]
fn dropped_handle_in_the_queue_still_runs() {
    let begun = on_one_slot(async || {
        let (_ahead, gate) = occupied_slot().await;
        let (part, mut parts, _) = gated();
        drop(spawn_blocking(|| (0..30).map(part).count()));
        drop(gate);
        rest(&mut parts).await
    });
    let begun = begun.or_explain(OTHER_TOKIO, IDEA);
    check(begun == 30, "all 30 parts begin", format!("{begun} began")).or_explain(OTHER_TOKIO, IDEA);
}

/// Dropping the runtime waits for the running job, and for those in the queue too.
#[test]
fn dropped_runtime_runs_its_queue_to_the_end() {
    let dropped = within(PATIENCE, "the runtime is dropped", || {
        let done = Arc::new(AtomicUsize::new(0));
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
        let (gate, closed) = mpsc::channel::<()>();
        // The gate opens with the drop of the task that holds it.
        runtime.spawn(async move { drop((std::future::pending::<()>().await, gate)) });
        runtime.spawn_blocking(move || closed.recv().is_ok());
        for _ in 0..4 {
            let done = done.clone();
            runtime.spawn_blocking(move || done.fetch_add(1, SeqCst));
        }
        drop(runtime);
        done.load(SeqCst)
    });
    let done = dropped.or_explain(OTHER_TOKIO, IDEA);
    check(done == 4, "the 4 jobs of the queue ran", format!("{done} ran")).or_explain(OTHER_TOKIO, IDEA);
}

// The token and its guard.

/// A job that nobody cancels finishes all its parts, in order.
#[test]
fn undisturbed_job_finishes_all_its_parts() {
    let kept = on_one_slot(async || {
        let free = offload(|token: &Token| in_parts(5, token, |number| number)).await;
        let in_time = limited(PATIENCE, |token: &Token| in_parts(5, token, |number| number)).await;
        (free.ok(), in_time.ok())
    });
    let kept = kept.or_explain("the future waits for something other than the job", TOKEN);
    let all = || Some((0..5).collect::<Vec<usize>>());
    check(kept == (all(), all()), "5 parts from `offload`, and 5 from `limited`", format!("{kept:?}"))
        .or_explain("the guard is dropped at once: `let _ = Guard(…)` keeps nothing", TOKEN);
}

/// `select!` drops the future that loses: its job begins no other part.
#[test]
fn dropped_future_stops_its_job() {
    let more = on_one_slot(async || {
        let (part, mut parts, gate) = gated();
        select! {
            _ = offload(thirty(part)) => {}
            _ = third(&mut parts, &gate) => {}
        }
        drop(gate);
        rest(&mut parts).await
    });
    let more = more.or_explain("dropping the future waits for the job", TOKEN);
    let expected = "no part begins after the future was dropped in the third of 30 parts";
    check(more == 0, expected, format!("{} began", counted(more, "more part")))
        .or_explain("nobody tells the job, or it does not look at its token before each part", TOKEN);
}

/// A timeout drops its future too.
#[test]
fn timed_out_future_stops_its_job() {
    let begun = on_one_slot(async || {
        let (part, mut parts, gate) = gated();
        let _ = timeout(Duration::from_millis(50), offload(thirty(part))).await;
        drop(gate);
        rest(&mut parts).await
    });
    let begun = begun.or_explain("dropping the future waits for the job", TOKEN);
    check(
        begun <= 1,
        "at most the part that ran at the timeout is finished",
        format!("{} began", counted(begun, "part")),
    )
    .or_explain("the timeout drops the future, and nobody tells the job", TOKEN);
}

/// Aborting the task that awaits a job drops the future in it.
#[test]
fn aborted_task_stops_its_job() {
    let more = on_one_slot(async || {
        let (part, mut parts, gate) = gated();
        let task = tokio::spawn(offload(thirty(part)));
        third(&mut parts, &gate).await;
        task.abort();
        let _ = task.await;
        drop(gate);
        rest(&mut parts).await
    });
    let more = more.or_explain("dropping the future waits for the job", TOKEN);
    check(
        more == 0,
        "no part begins after the task was aborted",
        format!("{} began", counted(more, "more part")),
    )
    .or_explain("nobody tells the job, or the guard lives in the job and not in the future", TOKEN);
}

/// A job whose future is dropped while it is in the queue does not one part.
#[test]
fn dropped_future_in_the_queue_does_no_part() {
    let begun = on_one_slot(async || {
        let (_ahead, gate) = occupied_slot().await;
        let (part, mut parts, _) = gated();
        let _ = timeout(Duration::from_millis(20), offload(thirty(part))).await;
        drop(gate);
        rest(&mut parts).await
    });
    let begun = begun.or_explain("dropping the future waits for the job", TOKEN);
    check(begun == 0, "no part begins", format!("{} began", counted(begun, "part"))).or_explain(
        "nobody tells the job, or it looks late: the look belongs before the first one too",
        TOKEN,
    );
}

/// The job stands still within 50 ms of the timeout: a busy machine has ten tries for it.
#[test]
fn job_stands_still_within_50_ms() {
    let best = on_one_slot(async || {
        let mut best = Duration::MAX;
        for _ in 0..10 {
            let (ended, mut end) = unbounded_channel();
            let job = move |token: &Token| {
                in_parts(60, token, |_| thread::sleep(Duration::from_millis(5)));
                let _ = ended.send(Instant::now());
            };
            let _ = timeout(Duration::from_millis(20), offload(job)).await;
            let timed_out = Instant::now();
            best = best.min(end.recv().await.unwrap_or(timed_out).saturating_duration_since(timed_out));
            if best < Duration::from_millis(50) {
                break;
            }
        }
        best
    });
    let best = best.or_explain("dropping the future waits for the job", TOKEN);
    check(
        best < Duration::from_millis(50),
        "the job stands still within 50 ms",
        format!("after {} ms", best.as_millis()),
    )
    .or_explain("the job runs to its end: nobody tells it, or it does not look", TOKEN);
}

/// A panic in a job is an error for whoever awaits it, and the pool thread lives.
#[test]
fn panic_is_an_error_and_frees_its_slot() {
    let seen = on_one_slot(async || {
        let panicked = offload(|_| -> usize { resume_unwind(Box::new("as it should")) }).await;
        (panicked.is_err(), offload(|_| 7).await.ok())
    });
    let seen = seen.or_explain("the result of a job that panicked never comes", TOKEN);
    check(seen == (true, Some(7)), "an error, then 7 from the next job", format!("{seen:?}"))
        .or_explain("the error of the handle is thrown away", TOKEN);
}

// The limit.

/// What was finished at the limit is the result: nothing is lost, nothing added.
#[test]
fn limited_job_keeps_what_it_finished() {
    let finished = Arc::new(AtomicUsize::new(0));
    let counter = finished.clone();
    let kept = on_one_slot(async move || {
        let part = move |number| {
            thread::sleep(Duration::from_millis(5));
            counter.fetch_add(1, SeqCst);
            number
        };
        limited(Duration::from_millis(200), |token: &Token| in_parts(2000, token, part)).await
    });
    let kept = kept.or_explain("the limit is not kept", KEPT);
    let kept = kept.map_err(|error| Missed::new("the parts that were finished", format!("`{error}`")));
    let kept = kept.or_explain("the result is thrown away with the handle", KEPT);
    let finished: Vec<usize> = (0..finished.load(SeqCst)).collect();
    check(kept == finished, format!("{} parts, all that were finished", finished.len()), format!("{kept:?}"))
        .or_explain("the job forgets its parts when it is cancelled", KEPT);
}

/// A job that never looks at its token is abandoned, and the caller is told.
#[test]
fn job_that_never_looks_is_abandoned() {
    let answer = on_one_slot(async || {
        let (gate, closed) = mpsc::channel::<()>();
        let answer = limited(Duration::from_millis(20), move |_: &Token| closed.recv().is_ok()).await;
        drop(gate);
        answer.is_err()
    });
    let is_error = answer.or_explain("the wait for a cancelled job has no bound", KEPT);
    check(is_error, "an error, since the job gave no result", "a result")
        .or_explain("the outcome is made up", KEPT);
}

/// After the limit the slot is free: in a pool of one, the next job runs.
#[test]
fn slot_is_free_after_the_limit() {
    let next = on_one_slot(async || {
        let pause = |_| thread::sleep(Duration::from_millis(5));
        let _ = limited(Duration::from_millis(20), move |token: &Token| in_parts(9000, token, pause)).await;
        timeout(PATIENCE / 2, offload(|_| 7)).await.ok().and_then(Result::ok)
    });
    let next = next.or_explain("the limit is not kept", KEPT);
    check(next == Some(7), "the next job runs, within 3 s", "it waits: the slot is still taken")
        .or_explain("the job goes on after the limit, and holds its slot", KEPT);
}

// One reader.

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
            let line = timeout(PATIENCE / 2, keyboard.line()).await.ok().and_then(Result::ok).flatten();
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

// The client.

/// `/slow` tells what was finished, and its counter then stands still, while the room goes on.
#[test]
fn client_stops_a_slow_job_and_keeps_its_parts() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("/slow 30");
    room.say("the kettle boils");
    client.shows("the kettle boils").or_explain("the job runs on the event loop", IDEA);
    client.shows("== /slow 30: stopped after ").or_explain("what was finished is thrown away", KEPT);
    client.type_line("/jobs");
    client.shows("== /jobs: 0 running, ").or_explain("the job goes on after its limit", TOKEN);
    room.pongs(3).or_explain("the event loop is blocked", IDEA);
    client.type_line("/jobs");
    client.shows("== /jobs: 0 running, ").or_explain("the job goes on after its limit", TOKEN);
    room.say("that is all");
    client.shows("that is all").or_explain("the event loop is blocked", IDEA);
    let told = parts_told(&client.screen());
    check(
        told.len() == 3 && told.iter().all(|parts| *parts == told[0]),
        "one number, three times",
        format!("{told:?}"),
    )
    .or_explain("parts are finished after the cancel, or counted wrong", KEPT);
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
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("the end of input reaches nobody", READER);
    check(ended == Ended::Status(0), "exit status 0 at the end of input", format!("{ended:?}"))
        .or_explain("the end of input is an error", READER);
}

/// A runtime with one slot for what blocks; a job that does not end is abandoned with it, when a check fails too.
struct OneSlot(Option<Runtime>);

impl Drop for OneSlot {
    fn drop(&mut self) {
        self.0.take().expect("a runtime").shutdown_background();
    }
}

/// Runs `work` on a runtime whose blocking pool has one thread.
fn on_one_slot<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    within(PATIENCE, "the check is done with its jobs and prompts", move || {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(1).build();
        let slot = OneSlot(Some(runtime.expect("a runtime")));
        slot.0.as_ref().expect("a runtime").block_on(work())
    })
}

/// A part that says that it began and then waits at the gate: a message lets one on, dropping the gate all.
fn gated() -> (impl FnMut(usize) + Send + 'static, UnboundedReceiver<usize>, mpsc::Sender<()>) {
    let (began, parts) = unbounded_channel();
    let (gate, closed) = mpsc::channel();
    let part = move |number| {
        let _ = began.send(number);
        let _ = closed.recv();
    };
    (part, parts, gate)
}

/// A job of 30 parts that has a token.
fn thirty(part: impl FnMut(usize) + Send + 'static) -> impl FnOnce(&Token) -> usize + Send + 'static {
    |token| in_parts(30, token, part).len()
}

/// Waits until the third part began.
async fn third(parts: &mut UnboundedReceiver<usize>, gate: &mpsc::Sender<()>) {
    for _ in 0..2 {
        parts.recv().await;
        let _ = gate.send(());
    }
    parts.recv().await;
}

/// Waits until the job is gone, and says how many parts began that nobody has seen.
async fn rest(parts: &mut UnboundedReceiver<usize>) -> usize {
    let mut begun = 0;
    while parts.recv().await.is_some() {
        begun += 1;
    }
    begun
}

/// `1 part`, and `27 parts`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Fills the one slot, until the gate is dropped.
async fn occupied_slot() -> (JoinHandle<()>, mpsc::Sender<()>) {
    let (mut part, mut parts, gate) = gated();
    let ahead = spawn_blocking(move || part(0));
    parts.recv().await;
    (ahead, gate)
}

/// A keyboard on which the check types.
fn keyboard_of(typed: mpsc::Receiver<String>) -> Keyboard {
    let typed = Mutex::new(typed);
    Keyboard::new(move || Ok(typed.lock().unwrap().recv().ok())).expect("a keyboard")
}

/// The numbers in `stopped after 8 of 30 parts` and in `8 parts finished`, as the screen shows them.
fn parts_told(screen: &str) -> Vec<usize> {
    let answers = screen.lines().filter(|line| line.starts_with("== "));
    let told = answers.filter_map(|line| {
        let (_, rest) = line.split_once("stopped after ").or_else(|| line.split_once(" running, "))?;
        rest.split_whitespace().next()?.parse().ok()
    });
    told.collect()
}
