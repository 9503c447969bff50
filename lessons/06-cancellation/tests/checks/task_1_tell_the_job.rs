//! Task 1, tell the job: the guard in the future sets the token, and the job looks at it before each part.

use std::{
    panic::resume_unwind,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use cancellation::{Token, in_parts, limited, offload};
use checks::{Explain, check, patience};
use tokio::{
    select,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

use super::common::{TOKEN, gated, occupied_slot, on_one_slot, rest};

/// A job that nobody cancels finishes all its parts, in order.
#[test]
fn undisturbed_job_finishes_all_its_parts() {
    let kept = on_one_slot(async || {
        let free = offload(|token: &Token| in_parts(5, token, |number| number)).await;
        let in_time = limited(patience(), |token: &Token| in_parts(5, token, |number| number)).await;
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

/// `1 part`, and `27 parts`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
