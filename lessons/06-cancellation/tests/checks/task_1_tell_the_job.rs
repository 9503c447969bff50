//! Task 1, tell the job: the guard in the future sets the token, and the job looks at it before each part.

use std::{
    io,
    panic::resume_unwind,
    thread,
    time::{Duration, Instant},
};

use cancellation::{Token, in_parts, limited, offload};
use checks::{Explain, Missed, check, patience};
use tokio::{select, sync::mpsc::unbounded_channel, task::yield_now, time::timeout};

use super::common::{
    NOT_TOLD, QUIET, STUCK, TOKEN, Thirty, dropped_in_the_third, occupied_slot, on_one_slot, stopped,
};

/// A job that nobody cancels finishes all its parts, in order, on a thread of the pool.
#[test]
fn undisturbed_job_finishes_all_its_parts() {
    let job = |token: &Token| {
        let was_cancelled = token.is_cancelled();
        let parts = in_parts(5, token, |number| number);
        let is_in_the_pool = thread::current().name() == Some("pool");
        (was_cancelled || token.is_cancelled(), parts, is_in_the_pool)
    };
    let kept = on_one_slot(async move || [offload(job).await, limited(patience(), job).await]);
    let kept = kept.or_explain("the future waits for something other than the job", TOKEN);
    for (name, kept) in ["offload", "limited"].into_iter().zip(kept) {
        let expected = format!("5 parts from `{name}`, in order");
        let kept = kept.map_err(|error| Missed::new(&expected, format!("the error `{error}`")));
        let (was_cancelled, parts, is_in_the_pool) = kept.or_explain("the result is lost on its way", TOKEN);
        check(
            is_in_the_pool,
            format!("a job of `{name}` on a thread of the blocking pool"),
            "on another thread",
        )
        .or_explain("it has a thread without a slot: `spawn_blocking` gives it both", TOKEN);
        check(!was_cancelled, &expected, "its token is set, while somebody still waits").or_explain(
            "the guard is dropped too early (`let _ = Guard(…)` keeps nothing), or the token says the opposite",
            TOKEN,
        );
        check(parts == [0, 1, 2, 3, 4], expected, format!("{parts:?}"))
            .or_explain("`in_parts` leaves parts out, although nobody has cancelled", TOKEN);
    }
}

/// `select!` drops the future that loses: its job begins no other part.
#[test]
fn dropped_future_stops_its_job() {
    let seen = on_one_slot(async || dropped_in_the_third(offload).await).or_explain(STUCK, TOKEN);
    stopped(0, "no part begins after the future was dropped in the third of 30 parts", seen)
        .or_explain(NOT_TOLD, TOKEN);
    let took = on_one_slot(async || {
        let mut least = Duration::MAX;
        // A busy machine may hold it up once, and not each time.
        for _ in 0..3 {
            let (job, mut thirty) = Thirty::new();
            let mut future = Box::pin(offload(job));
            select! {
                _ = &mut future => {}
                () = thirty.third() => {}
            }
            let began = Instant::now();
            drop(future);
            least = least.min(began.elapsed());
            thirty.end().await;
        }
        least
    });
    let took = took.or_explain(STUCK, TOKEN);
    check(
        took < QUIET,
        "the future is dropped while a part goes on",
        format!("that took {} ms", took.as_millis()),
    )
    .or_explain("the guard waits for the job, and the event loop with it", TOKEN);
}

/// A timeout drops its future too.
#[test]
fn timed_out_future_stops_its_job() {
    let seen = on_one_slot(async || {
        let (job, thirty) = Thirty::new();
        let _ = timeout(Duration::from_millis(50), offload(job)).await;
        thirty.end().await
    });
    let seen = seen.or_explain(STUCK, TOKEN);
    stopped(1, "at most the part that ran at the timeout is finished", seen).or_explain(NOT_TOLD, TOKEN);
}

/// Aborting the task that awaits a job drops the future in it.
#[test]
fn aborted_task_stops_its_job() {
    let seen = on_one_slot(async || {
        let (job, mut thirty) = Thirty::new();
        let task = tokio::spawn(offload(job));
        thirty.third().await;
        task.abort();
        let _ = task.await;
        thirty.end().await
    });
    let seen = seen.or_explain(STUCK, TOKEN);
    stopped(0, "no part begins after the task was aborted", seen).or_explain(NOT_TOLD, TOKEN);
}

/// A job whose future is dropped while it is in the queue does not one part.
#[test]
fn dropped_future_in_the_queue_does_no_part() {
    let seen = on_one_slot(async || {
        let (_ahead, gate) = occupied_slot().await;
        let (job, thirty) = Thirty::new();
        let _ = timeout(Duration::from_millis(20), offload(job)).await;
        drop(gate);
        thirty.end().await
    });
    let (begun, told) = seen.or_explain(STUCK, TOKEN);
    let likely = if told { "it looks late: the look belongs before the first part too" } else { NOT_TOLD };
    check(
        begun == 0,
        "no part begins, of a job that was cancelled in the queue",
        format!("{begun} of 30 began"),
    )
    .or_explain(likely, TOKEN);
}

/// While one job is cancelled, another one waits in the queue: it does all its parts.
#[test]
fn cancel_reaches_its_own_job_alone() {
    let seen = on_one_slot(async || {
        let (job, mut first) = Thirty::new();
        let cancelled = tokio::spawn(offload(job));
        first.third().await;
        let (job, second) = Thirty::new();
        let awaited = tokio::spawn(offload(job));
        yield_now().await;
        cancelled.abort();
        let _ = cancelled.await;
        first.end().await;
        second.end().await;
        awaited.await.map_err(io::Error::from).flatten()
    });
    let done = seen.or_explain(STUCK, TOKEN);
    let done = done.map_or_else(|error| format!("the error `{error}`"), |done| format!("{done} parts"));
    check(done == "30 parts", "30 parts, of a job that nobody has cancelled", done)
        .or_explain("the token is one for all jobs: each needs its own", TOKEN);
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
    let best = best.or_explain(STUCK, TOKEN);
    check(
        best < Duration::from_millis(50),
        "a job with parts of 5 ms stands still within 50 ms",
        format!("after {} ms", best.as_millis()),
    )
    .or_explain("the job runs to its end: nobody tells it, or it looks too late", TOKEN);
}

/// A panic in a job is an error for whoever awaits it, and the pool thread lives.
#[test]
fn panic_is_an_error_and_frees_its_slot() {
    let seen = on_one_slot(async || {
        let panics = |_: &Token| -> usize { resume_unwind(Box::new("as it should")) };
        // It winds up badly: it panics when it is told, or after a while where nobody tells it.
        let panics_late = move |token: &Token| {
            let began = Instant::now();
            while !token.is_cancelled() && began.elapsed() < Duration::from_millis(300) {
                thread::sleep(Duration::from_millis(1));
            }
            panics(token)
        };
        let awaited = [
            tokio::spawn(offload(panics)).await,
            tokio::spawn(limited(patience(), panics)).await,
            tokio::spawn(limited(Duration::from_millis(20), panics_late)).await,
        ];
        (awaited, offload(|_| 7).await.ok())
    });
    let (awaited, next) = seen.or_explain("the result of a job that panicked never comes", TOKEN);
    for (name, awaited) in ["offload", "limited", "limited"].into_iter().zip(awaited) {
        let instead = match &awaited {
            Ok(Ok(_)) => "a result",
            Ok(Err(_)) => "an error",
            Err(_) => "the panic goes on in whoever awaits it",
        };
        check(instead == "an error", format!("an error from `{name}`, of a job that panicked"), instead)
            .or_explain("what the handle says is not handed on as it is", TOKEN);
    }
    check(next == Some(7), "then 7 from the next job", "an error")
        .or_explain("the job that panicked has left something behind", TOKEN);
}
