//! Task 2, keep what was finished: at its limit a job is cancelled, and hands over what it has.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use cancellation::{Token, in_parts, limited, offload};
use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, program};
use tokio::time::timeout;

use super::common::{IDEA, TOKEN, on_one_slot};

const KEPT: &str = "06-cancellation.md#task-2-keep-what-was-finished";

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
        timeout(patience() / 2, offload(|_| 7)).await.ok().and_then(Result::ok)
    });
    let next = next.or_explain("the limit is not kept", KEPT);
    check(next == Some(7), "the next job runs, within 3 s", "it waits: the slot is still taken")
        .or_explain("the job goes on after the limit, and holds its slot", KEPT);
}

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

/// The numbers in `stopped after 8 of 30 parts` and in `8 parts finished`, as the screen shows them.
fn parts_told(screen: &str) -> Vec<usize> {
    let answers = screen.lines().filter(|line| line.starts_with("== "));
    let told = answers.filter_map(|line| {
        let (_, rest) = line.split_once("stopped after ").or_else(|| line.split_once(" running, "))?;
        rest.split_whitespace().next()?.parse().ok()
    });
    told.collect()
}
