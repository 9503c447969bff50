//! Task 1, watch from a thread: the watchdog speaks while the loop is frozen, and only then.

use std::{
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, program, span, thread_names, within};
use futures_util::StreamExt;
use more_threads::Watchdog;
use practice::Heartbeat;
use tokio::runtime::Builder;

use super::common::{
    AGAIN, BLOCKED, FREE, FROZEN, IDEA, IN_THE_LOOP, LIMIT, NO_END, NOT_TOLD, THREAD, block, figure, next,
    none_came, runs_for, stopped, watched, watched_by,
};

const BEAT_WAITS: &str = "a beat waits for the thread: at a full channel, or at a lock held during `report`";

const OTHER_LINE: &str =
    "the first line of a freeze is another one than the starter's, or its figure has no tenths";

/// A figure of the watchdog is rounded to a tenth, and may hold the pause before a beat, or leave it out.
const ROUNDED: Duration = Duration::from_millis(60);

/// The watchdog speaks while the loop is frozen: before Enter, not after it.
#[test]
fn freeze_reported_before_enter() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("02"), &room);
    client.shows("prompt 1").or_explain("`run` returned before the first prompt", IDEA);
    // Now and then something masks a freeze, or stirs a loop that was frozen: two prompts of five decide.
    let (mut seen, mut missed) = (0, Vec::new());
    while seen < 2 {
        match freeze_seen_at(2 + seen + missed.len(), &mut client, &room) {
            Ok(()) => seen += 1,
            Err(why) => missed.push((room.is_silent(), why)),
        }
        if missed.len() == 4 {
            // A loop that was awake at one prompt may have been frozen at another, which tells more.
            let (is_frozen, why) = missed.drain(..).max_by_key(|(is_frozen, _)| *is_frozen).expect("four");
            let likely = match (is_frozen, seen) {
                _ if client.screen().contains(" panicked at ") => {
                    "the thread panicked: the client's own text says where"
                }
                (false, _) => "`talk` does not block the loop any more, or the watchdog wakes that loop",
                (true, 0) => IN_THE_LOOP,
                (true, _) => "an earlier freeze was reported: what that one set has to be taken back",
            };
            Err(why).or_explain(likely, THREAD)
        }
    }
    client.type_line("and on");
    client.shows("watchdog: it runs again, after ").or_explain(NO_END, THREAD);
}

/// Goes on to the next prompt, and waits there for the report of a freeze that began after the last Enter.
fn freeze_seen_at(prompt: usize, client: &mut Client, room: &ScriptedRoom) -> Result<(), Missed> {
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
        client.shows_within(" s", left)?;
        let screen = client.screen();
        let line = screen.rfind(FROZEN).and_then(|at| screen[at..].lines().next()).unwrap_or_default();
        let told = figure(line, FROZEN);
        check(told.is_some(), format!("`{FROZEN}0.5 s`"), format!("`{line}`")).or_explain(OTHER_LINE, THREAD);
        if told.is_some_and(|told| told < entered.elapsed()) {
            return Ok(());
        }
    }
}

/// The report of a freeze comes while the worker is blocked, that of its end afterwards; each tells the time until then.
#[test]
fn blocked_worker_reported_meanwhile() {
    let born = Instant::now();
    let (runtime, watchdog, reports) = watched(LIMIT);
    let began = Instant::now();
    let gate = block(&runtime);
    let first = next(&reports, BLOCKED).or_explain(IN_THE_LOOP, THREAD);
    let (told, came) = (figure(&first, FROZEN), born.elapsed());
    check(came >= LIMIT, "no line before `limit` is over", format!("`{first}`, after {came:.2?}"))
        .or_explain("the thread waits for less than `limit`", THREAD);
    check(told.is_some(), format!("`{FROZEN}0.5 s`"), format!("`{first}`")).or_explain(OTHER_LINE, THREAD);
    check(
        told >= Some(LIMIT) && told <= Some(began.elapsed() + LIMIT / 5 + ROUNDED),
        format!("the time since the last beat, which is {} at least", span(LIMIT)),
        format!("`{first}`"),
    )
    .or_explain("the timeout is the verdict: tell `last.elapsed()` as it is, and take nothing off", THREAD);
    thread::sleep(LIMIT);
    drop(gate);
    let end = loop {
        let line = next(&reports, FREE).or_explain(NO_END, THREAD);
        // Task 2 makes one line of these.
        if !line.starts_with(FROZEN) {
            break line;
        }
    };
    // The freeze went on for a whole `limit` after the first line, and one pause before a beat may be taken off.
    let (least, most) = (told.unwrap_or_default() + LIMIT / 2, began.elapsed() + LIMIT / 5 + ROUNDED);
    let told = figure(&end, AGAIN);
    check(told.is_some(), format!("`{AGAIN}1.0 s`"), format!("`{end}`"))
        .or_explain("the line for the end is another one", THREAD);
    check(
        told >= Some(least) && told <= Some(most),
        format!("a freeze that is longer by {} than `{first}` said", span(LIMIT)),
        format!("`{end}`"),
    )
    .or_explain("the figure of the end is not the time between the two beats around the freeze", THREAD);
    stopped(runtime, watchdog);
}

/// A freeze that is longer than `limit` by half is reported before its end.
#[test]
fn freeze_of_one_limit_and_a_half_is_reported() {
    // A machine that is slow five times in a row is none to measure on.
    let told = (0..5).any(|_| {
        let (runtime, watchdog, reports) = watched(LIMIT);
        let gate = block(&runtime);
        let told = reports.recv_timeout(LIMIT * 3 / 2).is_ok();
        if !told {
            next(&reports, BLOCKED).or_explain(IN_THE_LOOP, THREAD);
        }
        drop(gate);
        stopped(runtime, watchdog);
        told
    });
    check(told, format!("a line within {} of a freeze", span(LIMIT * 3 / 2)), "five times there was none")
        .or_explain(
            "after the timeout `silence` is compared with `limit` again, or the thread waits for longer than `limit`",
            THREAD,
        );
}

/// A loop that is frozen when the watchdog begins, so that no beat ever came, is reported as well.
#[test]
fn freeze_before_the_first_beat_is_reported() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let gate = block(&runtime);
    let (sender, reports) = channel();
    let report = move |line: &str| drop(sender.send(line.to_owned()));
    let watchdog = Watchdog::start(runtime.handle(), LIMIT / 5, report).expect("a watchdog");
    next(&reports, BLOCKED).or_explain("the thread waits for a first beat without a limit", THREAD);
    drop(gate);
    stopped(runtime, watchdog);
}

/// A freeze that is longer than the limit of one watchdog, and shorter than that of another, is told by one.
#[test]
fn limit_decides() {
    let (runtime, hasty, reports) = watched(LIMIT / 5);
    let (sender, none) = channel();
    let report = move |line: &str| drop(sender.send(line.to_owned()));
    let patient = Watchdog::start(runtime.handle(), 10 * patience(), report).expect("a watchdog");
    let gate = block(&runtime);
    next(&reports, BLOCKED).or_explain(IN_THE_LOOP, THREAD);
    thread::sleep(2 * LIMIT);
    drop(gate);
    let end = std::iter::from_fn(|| next(&reports, FREE).ok()).find(|line| line.starts_with(AGAIN));
    check(end.is_some(), "the end of the freeze", "it did not come").or_explain(NO_END, THREAD);
    let told = none.try_recv().unwrap_or_default();
    let expected = format!("no line before {}, the limit that it was given", span(10 * patience()));
    check(told.is_empty(), &expected, format!("`{told}`"))
        .or_explain("the thread waits for a time of its own, and not for `limit`", THREAD);
    within(patience(), "`stop` returns", move || patient.stop()).or_explain(NOT_TOLD, THREAD);
    let told = none.try_recv().unwrap_or_default();
    check(told.is_empty(), &expected, format!("`{told}`, at `stop`"))
        .or_explain("a channel that has closed is taken for a timeout", THREAD);
    stopped(runtime, hasty);
}

/// A report may take as long as it likes, since a terminal can be stopped: the loop runs on meanwhile.
#[test]
fn slow_report_freezes_nothing() {
    let (told, reporting) = channel();
    let (let_go, gate) = channel::<()>();
    let (runtime, watchdog) = watched_by(LIMIT / 10, move |_| {
        let _ = told.send(());
        let _ = gate.recv();
    });
    // Dropped before the runtime, which waits for its worker: a check that fails lets it go.
    let let_go = let_go;
    let spoke = |meanwhile| reporting.recv_timeout(patience()).map_err(|why| none_came(why, meanwhile));
    let frozen = block(&runtime);
    spoke(BLOCKED).or_explain(IN_THE_LOOP, THREAD);
    drop(frozen);
    check(
        runs_for(&runtime, 2 * LIMIT),
        "a loop that runs while a freeze is reported",
        "it froze, and only beats could block it",
    )
    .or_explain(BEAT_WAITS, THREAD);
    let _ = let_go.send(());
    spoke(FREE).or_explain(NO_END, THREAD);
    check(
        runs_for(&runtime, 2 * LIMIT),
        "a loop that runs while the end is reported",
        "it froze, and only beats could block it",
    )
    .or_explain(BEAT_WAITS, THREAD);
    drop(let_go);
    while reporting.try_recv().is_ok() {}
    let frozen = block(&runtime);
    spoke(BLOCKED).or_explain("after a slow report nobody watches any more", THREAD);
    drop(frozen);
    stopped(runtime, watchdog);
}

/// A loop that answers pings is not reported.
#[test]
fn free_loop_is_not_reported() {
    // Where the machine itself froze the loop, a report is right: that time says nothing.
    let said = (0..5).find_map(|_| said_of_a_free_loop()).flatten();
    check(said.is_none(), "silence while the loop runs", format!("`{}`", said.unwrap_or_default()))
        .or_explain(
            "the watchdog measures the time, but not whether the loop beats;\nor the beats come too seldom",
            THREAD,
        );
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
    let likely = match watching {
        0 => "a task, a thread of Tokio's pool, or a thread without a name",
        _ => "a new thread is started again and again",
    };
    check(watching == 1, "one thread named `watchdog`", format!("the threads are {}", names.join(", ")))
        .or_explain(likely, THREAD);
}
