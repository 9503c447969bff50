//! Task 2, one line for each freeze: a freeze is told once, and `stop` ends the watchdog.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Instant,
};

use checks::{
    Client, Ended, Explain, ScriptedRoom, check, no_text_ends_the_visit, patience, program, within,
};
use more_threads::Watchdog;

use super::common::{
    AGAIN, BLOCKED, EACH_TICK, FREE, FROZEN, IDEA, LIMIT, NO_END, NOT_TOLD, ONCE, THREAD, block, next,
    none_came, runs_for, stopped, watched, watched_by,
};

const TOO_EARLY: &str = "the end of a freeze is reported while it lasts";

/// Two freezes make two lines and two ends, however long they last.
#[test]
fn one_report_for_each_freeze() {
    let (runtime, watchdog, reports) = watched(LIMIT / 5);
    for freeze in ["first", "second"] {
        let gate = block(&runtime);
        next(&reports, BLOCKED).or_explain(&format!("the {freeze} freeze is not reported"), ONCE);
        let again = reports.recv_timeout(LIMIT).unwrap_or_default();
        check(again.is_empty(), "one line while a freeze lasts", format!("another one: `{again}`"))
            .or_explain(if again.starts_with(AGAIN) { TOO_EARLY } else { EACH_TICK }, ONCE);
        drop(gate);
        let end = next(&reports, FREE).or_explain(NO_END, THREAD);
        check(end.starts_with(AGAIN), format!("`{AGAIN}…`"), format!("`{end}`")).or_explain(EACH_TICK, ONCE);
    }
    stopped(runtime, watchdog);
}

/// A freeze ends when the loop runs again, however soon the next one begins.
#[test]
fn freezes_soon_after_one_another_are_two() {
    // Five watchdogs, whose beats fall at different times: the loop runs for a third of the pause between two.
    let (runtime, first, reports) = watched(LIMIT);
    let mut watchdogs = vec![(first, reports)];
    while watchdogs.len() < 5 {
        thread::sleep(LIMIT / 25);
        let (sender, reports) = channel();
        let report = move |line: &str| drop(sender.send(line.to_owned()));
        let watchdog = Watchdog::start(runtime.handle(), LIMIT, report).expect("a watchdog");
        watchdogs.push((watchdog, reports));
    }
    let (gate, opened) = channel::<()>();
    let (last_gate, opened_at_last) = channel::<()>();
    runtime.spawn(async move {
        let _ = opened.recv();
        for _ in 0..3 {
            tokio::time::sleep(LIMIT / 50).await;
        }
        let _ = opened_at_last.recv();
    });
    let all_say = |beginning: &str, meanwhile: &str, likely: &str| {
        for (_, reports) in &watchdogs {
            let line = next(reports, meanwhile).or_explain(likely, ONCE);
            check(line.starts_with(beginning), format!("`{beginning}…`"), format!("`{line}`"))
                .or_explain(EACH_TICK, ONCE);
        }
    };
    all_say(FROZEN, BLOCKED, "the first freeze is not reported");
    // A freeze that is longer than `limit` by far: some beats are late then, however they are counted.
    thread::sleep(LIMIT);
    drop(gate);
    let merged = "the loop ran for 0.03 s between two freezes, and no beat came: a late beat is one, too";
    all_say(AGAIN, "although the one worker was free again for 0.03 s", merged);
    all_say(FROZEN, BLOCKED, "the second freeze is not reported, which began soon after the first");
    drop(last_gate);
    all_say(AGAIN, FREE, NO_END);
    let stop_all = move || {
        for (watchdog, _) in watchdogs {
            watchdog.stop();
        }
    };
    within(patience(), "`stop` returns", stop_all).or_explain(NOT_TOLD, THREAD);
}

/// `stop` joins the thread: while that still reports, `stop` has not returned.
#[test]
fn stop_waits_for_the_thread() {
    let ((told, reporting), (let_go, gate)) = (channel(), channel::<()>());
    let (runtime, watchdog) = watched_by(LIMIT / 5, move |_| {
        let _ = told.send(());
        let _ = gate.recv();
    });
    let frozen = block(&runtime);
    let spoke = reporting.recv_timeout(patience()).map_err(|why| none_came(why, BLOCKED));
    spoke.or_explain("the freeze is not reported", ONCE);
    drop(frozen);
    let (stopping, has_stopped) = channel();
    let stop = thread::spawn(move || {
        let _ = stopping.send(watchdog.stop());
    });
    let early = has_stopped.recv_timeout(LIMIT).is_ok();
    drop(let_go);
    check(!early, "`stop` waits while the thread reports", "it has returned")
        .or_explain("the thread is not joined", ONCE);
    within(patience(), "`stop` returns", move || stop.join().is_ok()).or_explain(NOT_TOLD, THREAD);
    runtime.shutdown_background();
}

/// A channel that closes is no beat: nothing runs again when the runtime ends, and the freeze counts, told or not.
#[test]
fn end_of_the_loop_is_no_beat() {
    // What is told was longer than `limit`; the pause before a beat may be left out, and both be heard a little late.
    for (limit, least) in [(LIMIT / 5, LIMIT / 5 - LIMIT / 25), (LIMIT * 2, LIMIT / 5)] {
        let (runtime, watchdog, reports) = watched(limit);
        let gate = block(&runtime);
        match limit < LIMIT {
            true => drop(next(&reports, BLOCKED).or_explain("the freeze is not reported", ONCE)),
            false => thread::sleep(LIMIT),
        }
        runtime.shutdown_background();
        drop(gate);
        let longest =
            within(patience(), "`stop` returns", move || watchdog.stop()).or_explain(NOT_TOLD, THREAD);
        let again = reports.try_iter().find(|line| line.starts_with(AGAIN));
        check(
            again.is_none(),
            "no beat, since the loop has ended",
            format!("`{}`", again.unwrap_or_default()),
        )
        .or_explain("a channel that has closed counts as a beat", ONCE);
        check(longest >= least, format!("a longest freeze above {least:.1?}"), format!("{longest:.1?}"))
            .or_explain(
                "the freeze that the end of the loop has cut off is not counted, or not in full",
                ONCE,
            );
    }
}

/// `stop` ends the watchdog, whose longest freeze is the one that was, reported or not.
#[test]
fn stop_returns_the_longest_freeze() {
    for limit in [LIMIT / 5, LIMIT * 2] {
        let (runtime, watchdog, reports) = watched(limit);
        let began = Instant::now();
        let gate = block(&runtime);
        let blocked = Instant::now();
        thread::sleep(LIMIT);
        let least = blocked.elapsed();
        drop(gate);
        if limit > LIMIT {
            // Time for a beat, so that it is not `stop` that ends this one.
            runs_for(&runtime, 2 * limit / 5);
        }
        let (longest, most) = (stopped(runtime, watchdog), began.elapsed());
        let likely = match limit < LIMIT {
            true => {
                "a freeze is not measured up to the beat that ends it, or `stop` does not wait for the thread"
            }
            false => "a freeze that is too short for a report counts as well",
        };
        // The last beat came a little before the block, and the next a little after it; one may be heard late.
        let about = (limit + LIMIT) / 5;
        check(
            longest + about > least && longest <= most + about,
            format!("a longest freeze of about {least:.1?}"),
            format!("{longest:.1?}"),
        )
        .or_explain(likely, ONCE);
        let ended = loop {
            match reports.recv_timeout(LIMIT) {
                Ok(_) => {}
                Err(why) => break why == RecvTimeoutError::Disconnected,
            }
        };
        check(ended, "no watchdog after `stop`", "it still holds `report`")
            .or_explain("it still runs", THREAD);
    }
}

/// What is no text is an error, told with its line, and no end of input; the room hears goodbye all the same.
#[test]
fn bytes_that_are_no_text_are_an_error() {
    no_text_ends_the_visit(&program!("02"))
        .or_explain("the end of `talk` was changed, or `stop` waits for a thread that does not end", IDEA);
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
    check(ended == Ended::Status(0), "exit status 0", ended.to_string())
        .or_explain("an error at the end", IDEA);
    client.shows("longest freeze: ").or_explain("the report at the end is gone", IDEA);
    let (_, leaving) = room.left().or_explain("the process ended without closing", IDEA);
    check(leaving == practice::Leaving::Closed, "a close frame", leaving.to_string())
        .or_explain("the socket is dropped where `close` is due", IDEA);
}
