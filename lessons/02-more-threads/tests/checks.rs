//! What the watchdog of lesson 02 must do; run them with `cargo course check 02`.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, thread_names, within};
use futures_util::StreamExt;
use more_threads::Watchdog;
use practice::Heartbeat;
use tokio::runtime::{Builder, Runtime};

const IDEA: &str = "02-more-threads.md#the-idea";
const THREAD: &str = "02-more-threads.md#task-1-watch-from-a-thread";
const ONCE: &str = "02-more-threads.md#task-2-one-line-for-each-freeze";
/// The limit of the client's own watchdog.
const LIMIT: Duration = Duration::from_millis(500);
const FROZEN: &str = "the event loop has not run for ";
const NO_END: &str = "the end of a freeze is not reported, or only if it is longer than `limit`";

/// The watchdog speaks while the loop is frozen: before Enter, not after it.
#[test]
fn freeze_reported_before_enter() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("02"), &room);
    client.shows("prompt 1").or_explain("`run` returned before the first prompt", IDEA);
    // Now and then something masks a freeze, or stirs a loop that was frozen: two prompts of five decide.
    let (mut seen, mut missed) = (0, 0);
    while seen < 2 {
        match freeze_seen_at(2 + seen + missed, &mut client, &room) {
            Err(_) if missed < 3 => missed += 1,
            told => {
                told.or_explain(
                    "the watchdog is a task of the loop that it watches,\nor it wakes that loop",
                    THREAD,
                );
                seen += 1;
            }
        }
    }
    client.type_line("and on");
    client.shows("watchdog: it runs again, after ").or_explain(NO_END, THREAD);
}

/// Goes on to the next prompt, and waits there for the report of a freeze that began after the last Enter.
fn freeze_seen_at(prompt: u32, client: &mut Client, room: &ScriptedRoom) -> Result<(), Missed> {
    let entered = Instant::now();
    client.type_line(&format!("line {prompt}"));
    client.shows(&format!("<< you: line {prompt}")).or_explain("the typed line is not sent", IDEA);
    // The answer is to come alone, when the loop has come to rest.
    room.pongs(2).or_explain("the loop is frozen while nobody blocks it", IDEA);
    room.say("an answer");
    client.shows(&format!("prompt {prompt}")).or_explain("an answer does not lead to the next prompt", IDEA);
    let (expected, deadline) = ("the watchdog speaks before Enter, within 1.5 s", Instant::now() + 3 * LIMIT);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        client
            .shows_within(FROZEN, left)
            .map_err(|missed| Missed::new(expected, missed.instead.replace("; ", ";\n")))?;
        // A longer time is that of an earlier freeze, told late.
        if last_figure(&client.screen()).is_some_and(|seconds| seconds < entered.elapsed().as_secs_f64()) {
            return Ok(());
        }
    }
}

/// The figure of the last report on the screen.
fn last_figure(screen: &str) -> Option<f64> {
    screen.rsplit_once(FROZEN)?.1.split(' ').next()?.parse().ok()
}

/// The report of a freeze comes while the worker is blocked, that of its end afterwards.
#[test]
fn blocked_worker_reported_meanwhile() {
    let (runtime, watchdog, reports) = watched(LIMIT / 5);
    let gate = block(&runtime);
    let first = next(&reports).or_explain("the watchdog is a task of the loop that it watches", THREAD);
    check(first.starts_with(FROZEN), format!("`{FROZEN}…`"), format!("`{first}`"))
        .or_explain("the first line of a freeze is another one", THREAD);
    drop(gate);
    let second = next(&reports).or_explain(NO_END, THREAD);
    check(second.starts_with("it runs again, after "), "`it runs again, after …`", format!("`{second}`"))
        .or_explain("a freeze is reported again and again", ONCE);
    stopped(runtime, watchdog);
}

/// A loop that answers pings is not reported.
#[test]
fn free_loop_is_not_reported() {
    // Where the machine itself froze the loop, a report is right: that time says nothing.
    let said = (0..5).find_map(|_| said_of_a_free_loop()).flatten();
    check(said.is_none(), "silence while the loop runs", format!("`{said:?}`"))
        .or_explain("the watchdog measures the time, but not whether the loop beats", THREAD);
}

/// What is reported while the loop answers eight pings; `None` if the machine froze it meanwhile.
fn said_of_a_free_loop() -> Option<Option<String>> {
    let room = ScriptedRoom::open();
    let (runtime, watchdog, reports) = watched(LIMIT);
    let heartbeat = {
        let _inside = runtime.enter();
        Heartbeat::start()
    };
    let url = room.url();
    runtime.spawn(async move {
        let socket = practice::connect(&url).await?;
        socket.for_each(async |_| ()).await;
        std::io::Result::Ok(())
    });
    room.pongs(8).or_explain("the watchdog blocks the loop that it watches", THREAD);
    let (said, frozen) = (reports.try_recv().ok(), heartbeat.longest_freeze());
    stopped(runtime, watchdog);
    (frozen < LIMIT / 2).then_some(said)
}

/// The watchdog sleeps while it waits.
#[test]
fn waiting_takes_no_cpu_time() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("02"), &room);
    client.shows("prompt 1").or_explain("`run` returned before the first prompt", IDEA);
    client.idles(20).or_explain("the watchdog asks in a loop without a pause", THREAD);
}

/// One thread watches, and a debugger can tell which.
#[test]
fn one_thread_is_named_watchdog() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("02"), &room);
    client.shows("prompt 1").or_explain("`run` returned before the first prompt", IDEA);
    let deadline = Instant::now() + PATIENCE;
    // A new thread takes a moment to write its name.
    let names = loop {
        let Some(names) = thread_names(client.process()) else { return };
        if names.iter().any(|name| name == "watchdog") || Instant::now() > deadline {
            break names;
        }
        thread::yield_now();
    };
    let watching = names.iter().filter(|name| *name == "watchdog").count();
    check(watching == 1, "one thread named `watchdog`", format!("the threads are {names:?}"))
        .or_explain("a task, a thread of Tokio's pool, or a thread without a name", THREAD);
}

/// Two freezes make two lines and two ends, however long they last.
#[test]
fn one_report_for_each_freeze() {
    let (runtime, watchdog, reports) = watched(LIMIT / 5);
    for freeze in ["first", "second"] {
        let gate = block(&runtime);
        next(&reports).or_explain(&format!("the {freeze} freeze is not reported"), ONCE);
        let again = reports.recv_timeout(LIMIT);
        check(again.is_err(), "one line while a freeze lasts", format!("another one: `{again:?}`"))
            .or_explain("a freeze is reported again and again", ONCE);
        drop(gate);
        let end = next(&reports).or_explain(NO_END, THREAD);
        check(end.starts_with("it runs again"), "`it runs again, after …`", format!("`{end}`"))
            .or_explain("a freeze is reported again and again", ONCE);
    }
    stopped(runtime, watchdog);
}

/// `stop` ends the watchdog, whose longest freeze is the one that was.
#[test]
fn stop_returns_the_longest_freeze() {
    let (runtime, watchdog, reports) = watched(LIMIT / 5);
    let began = Instant::now();
    let gate = block(&runtime);
    let blocked = Instant::now();
    thread::sleep(LIMIT);
    let least = blocked.elapsed();
    drop(gate);
    let (longest, most) = (stopped(runtime, watchdog), began.elapsed());
    // The last beat came a little before the block, and the next a little after it.
    check(
        longest + LIMIT / 5 > least && longest <= most + LIMIT / 5,
        format!("a longest freeze of about {least:.1?}"),
        format!("{longest:.1?}"),
    )
    .or_explain("a freeze is not measured up to the beat that ends it", ONCE);
    let ended = loop {
        match reports.recv_timeout(LIMIT) {
            Ok(_) => {}
            Err(why) => break why == RecvTimeoutError::Disconnected,
        }
    };
    check(ended, "no watchdog after `stop`", "it still holds `report`").or_explain("it still runs", THREAD);
}

/// The client ends at the end of input, watchdog and all, and tells its longest freeze.
#[test]
fn end_of_input_ends_the_client() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("02"), &room);
    client.type_line("hello");
    room.hears("hello").or_explain("the typed line is not sent", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("`stop` waits for a thread that does not end", THREAD);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", IDEA);
    client.shows("longest freeze: ").or_explain("the report at the end is gone", IDEA);
    let (_, leaving) = room.left().or_explain("the process ended without closing", IDEA);
    check(leaving == practice::Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the socket is dropped where `close` is due", IDEA);
}

/// A runtime with one worker, its watchdog, and what that says.
fn watched(limit: Duration) -> (Runtime, Watchdog, Receiver<String>) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (sender, reports) = channel();
    let report = move |line: &str| drop(sender.send(line.to_owned()));
    let watchdog = Watchdog::start(runtime.handle(), limit, report).expect("a watchdog");
    (runtime, watchdog, reports)
}

/// Blocks the one worker until the gate is dropped; returns once it is blocked.
fn block(runtime: &Runtime) -> Sender<()> {
    let (gate, opened) = channel::<()>();
    let (blocked, is_blocked) = channel();
    runtime.spawn(async move {
        let _ = blocked.send(());
        let _ = opened.recv();
    });
    is_blocked.recv_timeout(PATIENCE).expect("a worker that runs tasks");
    gate
}

fn next(reports: &Receiver<String>) -> Result<String, Missed> {
    let missed = |why| match why {
        RecvTimeoutError::Timeout => "none for 6 s, while the one worker was blocked",
        RecvTimeoutError::Disconnected => "the watchdog had ended",
    };
    reports
        .recv_timeout(PATIENCE)
        .map_err(|why| Missed::new("a line of the watchdog, within 6 s", missed(why)))
}

/// Stops the watchdog, within bounds.
fn stopped(runtime: Runtime, watchdog: Watchdog) -> Duration {
    let longest = within(PATIENCE, "`stop` returns", move || watchdog.stop());
    runtime.shutdown_background();
    longest.or_explain("the thread is not told to end", THREAD)
}
