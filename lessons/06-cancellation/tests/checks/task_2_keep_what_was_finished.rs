//! Task 2, keep what was finished: at its limit a job is cancelled, and hands over what it has.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use cancellation::{Token, in_parts, limited, offload};
use checks::{Client, Explain, Missed, ScriptedRoom, check, patience, program, span};
use tokio::{join, sync::mpsc::unbounded_channel, time::timeout};

use super::common::{
    IDEA, NOT_TOLD, QUIET, STUCK, TOKEN, Thirty, counted, dropped_in_the_third, occupied_slot, on_one_slot,
    stopped,
};

const KEPT: &str = "06-cancellation.md#task-2-keep-what-was-finished";
const THROWN_AWAY: &str = "the result is thrown away with the handle";
const WORKS_ON: &str = "nobody cancels the job at its limit";

/// A limit that soon passes, and the longest that an answer may take after it.
const SHORT: Duration = Duration::from_millis(20);
const SOON: Duration = Duration::from_secs(1);

/// What was finished at the limit is the result: nothing is lost, nothing added.
#[test]
fn limited_job_keeps_what_it_finished() {
    let finished = Arc::new(AtomicUsize::new(0));
    let counter = finished.clone();
    let kept = on_one_slot(async move || {
        let (ends, mut end) = unbounded_channel();
        let part = move |number| {
            thread::sleep(Duration::from_millis(5));
            counter.fetch_add(1, SeqCst);
            number
        };
        let job = move |token: &Token| {
            let parts = in_parts(2000, token, part);
            let _ = ends.send(Instant::now());
            parts
        };
        let (limit, start) = (Duration::from_millis(200), Instant::now());
        let error = match limited(limit, job).await {
            Ok(kept) => return Ok(kept),
            Err(error) => error,
        };
        let ended = timeout(SOON, end.recv()).await.ok().flatten();
        let (and, cause) = match ended.map(|end| end - start) {
            Some(took) if took < 2 * limit => ("the job has stopped", THROWN_AWAY),
            Some(_) => ("the job has stopped long after its limit", WORKS_ON),
            None => ("the job works on", WORKS_ON),
        };
        let expected = "the parts that were finished at a limit of 200 ms";
        Err(Missed::new(expected, format!("`{error}`, and {and}")).because(cause))
    });
    let kept = kept.or_explain("the limit is not kept", KEPT).or_explain(THROWN_AWAY, KEPT);
    let finished = finished.load(SeqCst);
    check(kept.into_iter().eq(0..finished), format!("{finished} parts, all that were finished"), "others")
        .or_explain("the job loses parts, or adds some, when it is cancelled", KEPT);
}

/// The part that runs at the limit takes longer than the others, and is kept too: a busy machine has three tries for it.
#[test]
fn part_that_runs_at_the_limit_is_kept() {
    let seen = on_one_slot(async || {
        let parts = |time| {
            limited(SHORT, move |token: &Token| in_parts(100, token, move |_| thread::sleep(time)).len())
        };
        let short = parts(Duration::from_millis(5)).await.map(|_| ());
        let mut long = Err(io::Error::other("it was not tried"));
        for _ in 0..3 {
            long = parts(Duration::from_millis(300)).await;
            if matches!(long, Ok(1)) {
                break;
            }
        }
        (short, long)
    });
    let (short, long) = seen.or_explain("the limit is not kept", KEPT);
    let expected = "what was finished, also when a part takes 300 ms";
    let missed = |error: io::Error| Missed::new(expected, format!("`{error}`"));
    short.map_err(missed).or_explain("the result is thrown away, or nobody cancels the job", KEPT);
    let kept = long.map_err(missed).or_explain("the wait for a cancelled job is shorter than its part", KEPT);
    check(kept <= 1, "1 part, which ran at the limit", format!("{kept} parts"))
        .or_explain("the job does not stop at its first look after the limit", KEPT);
}

/// While a cancelled job stops, the loop goes on; then the answer comes at once: a busy machine has three tries for it.
#[test]
fn answer_comes_when_the_job_has_stopped() {
    let seen = on_one_slot(async || {
        let mut seen = (Err("it was not tried".to_owned()), Duration::MAX, false);
        for _ in 0..3 {
            let (tells, mut told) = unbounded_channel();
            let (turn, turns) = mpsc::channel();
            let job = move |token: &Token| {
                let began = Instant::now();
                while !token.is_cancelled() && began.elapsed() < SOON {
                    thread::sleep(Duration::from_millis(1));
                }
                let _ = tells.send(token.is_cancelled() && began.elapsed() < SOON / 4);
                // What runs when it is told ends with a turn of the loop.
                let is_free = turns.recv_timeout(SOON).is_ok();
                (is_free, Instant::now())
            };
            let answer = async { (limited(SHORT, job).await, Instant::now()) };
            let turn = async {
                let is_told = told.recv().await;
                let _ = turn.send(());
                is_told.unwrap_or(false)
            };
            let ((answer, answered), is_told) = join!(answer, turn);
            seen = match answer {
                Ok((is_free, ended)) => (Ok(is_free), answered.saturating_duration_since(ended), is_told),
                Err(error) => (Err(error.to_string()), Duration::MAX, is_told),
            };
            if seen.0 == Ok(true) && seen.1 < SOON / 4 {
                break;
            }
        }
        seen
    });
    let (is_free, late, is_told) = seen.or_explain(STUCK, KEPT);
    let expected = "what a job has that stops when it is told, and when the loop has had a turn";
    let likely = match (&is_free, is_told) {
        (_, false) => WORKS_ON,
        (Ok(true), true) => THROWN_AWAY,
        _ => "the second wait blocks the thread of the event loop: it belongs into an `await`",
    };
    let instead =
        is_free.as_ref().map_or_else(|error| format!("`{error}`"), |_| "no turn until it was over".into());
    check(is_free == Ok(true), expected, instead).or_explain(likely, KEPT);
    check(
        late < SOON / 4,
        "the answer within 250 ms of the job's end",
        format!("after {} ms", late.as_millis()),
    )
    .or_explain("the whole time of grace is waited, also for a job that has stopped", KEPT);
}

/// The end of a cancelled job wakes its caller, and nothing else does: a busy machine has four tries for it.
#[test]
fn caller_is_woken_by_its_job_alone() {
    let early = on_one_slot(async || {
        let (mut early, mut tries) = (usize::MAX, 0..4);
        while early > 0 && tries.next().is_some() {
            let (tells, mut told) = unbounded_channel();
            let (gate, closed) = mpsc::channel::<()>();
            let job = move |token: &Token| {
                let began = Instant::now();
                while !token.is_cancelled() && began.elapsed() < SOON {
                    thread::sleep(Duration::from_millis(1));
                }
                let _ = tells.send(());
                let _ = closed.recv();
            };
            let wakes = Arc::new(AtomicUsize::new(0));
            let meanwhile = async {
                told.recv().await;
                let before = wakes.load(SeqCst);
                tokio::time::sleep(2 * QUIET).await;
                drop(gate);
                wakes.load(SeqCst) - before
            };
            early = early.min(join!(counted(limited(SHORT, job), wakes.clone()), meanwhile).1);
        }
        early
    });
    let early = early.or_explain(STUCK, KEPT);
    let likely = "the second wait looks again and again: await the handle, which is woken by the end";
    check(early == 0, "no wake while a cancelled job goes on", format!("{early} within 300 ms"))
        .or_explain(likely, KEPT);
}

/// A job that never looks at its token is abandoned, and the caller is told: a busy machine has two tries for it.
#[test]
fn job_that_never_looks_is_abandoned() {
    let answers = on_one_slot(async || {
        for limit in [SHORT, SOON] {
            let mut is_error = None;
            for _ in 0..2 {
                let (gate, closed) = mpsc::channel::<()>();
                let answer =
                    timeout(limit + SOON, limited(limit, move |_: &Token| closed.recv().is_ok())).await;
                drop(gate);
                is_error = answer.ok().map(|answer| answer.is_err());
                if is_error.is_some() {
                    break;
                }
            }
            if is_error != Some(true) {
                return Err((limit, is_error.map_or("no answer", |_| "a result")));
            }
        }
        Ok(())
    });
    let missed = |(limit, instead)| {
        let expected =
            format!("an error within 1 s of a limit of {}, since the job gave no result", span(limit));
        Missed::new(expected, instead).because(match instead {
            "no answer" => "the wait for a cancelled job has no bound, or too long a one",
            _ => "the outcome is made up",
        })
    };
    answers.or_explain(STUCK, KEPT).map_err(missed).or_explain(STUCK, KEPT);
}

/// A job that is in the queue at its limit is given up, too, and never does a part.
#[test]
fn job_in_the_queue_is_given_up_at_its_limit() {
    let seen = on_one_slot(async || {
        let (_ahead, gate) = occupied_slot().await;
        let (job, thirty) = Thirty::new();
        let answer = timeout(patience() / 2, limited(SHORT, job)).await;
        drop(gate);
        (answer.map(|answer| answer.is_err()).ok(), thirty.end().await.0)
    });
    let (answer, begun) = seen.or_explain(STUCK, KEPT);
    let instead = if answer.is_none() { "no answer" } else { "a result" };
    let expected = format!("an error within {}, since the job never began", span(patience() / 2));
    check(answer == Some(true), expected, instead)
        .or_explain("the caller waits for a slot that is not free", KEPT);
    check(begun == 0, "no part begins when the slot is free", format!("{begun} of 30 began"))
        .or_explain("nobody cancels the job at its limit", KEPT);
}

/// Whoever drops a limited future cancels its job as well, long before the limit.
#[test]
fn dropped_limited_future_stops_its_job() {
    let seen = on_one_slot(async || dropped_in_the_third(|job| limited(patience(), job)).await);
    let expected = "no part begins after `limited` was dropped in the third of 30 parts";
    stopped(0, expected, seen.or_explain(STUCK, KEPT)).or_explain(NOT_TOLD, KEPT);
}

/// After the limit the slot is free: in a pool of one, the next job runs.
#[test]
fn slot_is_free_after_the_limit() {
    let next = on_one_slot(async || {
        let pause = |_| thread::sleep(Duration::from_millis(5));
        let _ = limited(SHORT, move |token: &Token| in_parts(9000, token, pause)).await;
        timeout(patience() / 2, offload(|_| 7)).await.ok().and_then(Result::ok)
    });
    let next = next.or_explain("the limit is not kept", KEPT);
    let expected = format!("the next job runs, within {}", span(patience() / 2));
    check(next == Some(7), expected, "it waits: the slot is still taken")
        .or_explain("the job goes on after the limit, and holds its slot", KEPT);
}

/// `/slow` tells what was finished, and its counter then stands still, while the room goes on.
#[test]
fn client_stops_a_slow_job_and_keeps_its_parts() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    client.type_line("hello all");
    room.hears("hello all").or_explain("the keyboard keeps the typed line back, or loses it", IDEA);
    client.type_line("/slow 30");
    room.say("the kettle boils");
    client.shows("the kettle boils").or_explain("the job runs on the event loop", IDEA);
    client.shows("/slow 30: ").or_explain("the job has no answer: its limit is not kept", KEPT);
    check(
        client.screen().contains("== /slow 30: stopped after "),
        "`/slow 30` is stopped at its limit, and tells its parts",
        answer_to("/slow 30", &client.screen()),
    )
    .or_explain("`limited` does not give what was finished: its own checks say why", KEPT);
    client.type_line("/jobs");
    client.shows("== /jobs: 0 running, ").or_explain(WORKS_ON, TOKEN);
    room.pongs(3).or_explain("the event loop is blocked", IDEA);
    client.type_line("/jobs");
    client.shows("== /jobs: 0 running, ").or_explain(WORKS_ON, TOKEN);
    room.say("that is all");
    client.shows("that is all").or_explain("the event loop is blocked", IDEA);
    let told = parts_told(&client.screen());
    check(
        told.len() == 3 && told.iter().all(|parts| *parts == told[0]),
        "one number of parts, in all three answers",
        told.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    )
    .or_explain("parts are finished after the cancel, or counted wrong", KEPT);
}

/// A job that ends in time is told as finished, and what is no command is told, too.
#[test]
fn client_tells_what_came_of_a_command() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("06"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for (line, answer) in [
        ("/slow 2", "== /slow 2: finished 2 of 2 parts"),
        ("/slow x", "!! /slow x: how many parts? Try /slow 30"),
        ("/dance", "!! /dance: the commands are "),
    ] {
        client.type_line(line);
        client.shows(answer).or_explain("the answer is another than the starter's", IDEA);
    }
}

/// How a command was answered.
fn answer_to(command: &str, screen: &str) -> String {
    let answers = [format!("== {command}: "), format!("!! {command}: ")];
    let answer = screen.lines().find(|line| answers.iter().any(|start| line.starts_with(start)));
    format!("`{}`", answer.unwrap_or_default())
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
