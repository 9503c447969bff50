//! Task 1, watch from a thread: the watchdog speaks while the loop is frozen, and only then.

use std::{thread, time::Instant};

use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, program, thread_names};
use futures_util::StreamExt;
use practice::Heartbeat;

use super::common::{IDEA, LIMIT, NO_END, ONCE, THREAD, block, next, stopped, watched};

const FROZEN: &str = "the event loop has not run for ";

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
    let deadline = Instant::now() + patience();
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
