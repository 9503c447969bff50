//! What Tokio does by itself: these are green before you change a line.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};

use checks::{Explain, check, patience, within};
use tokio::{runtime::Builder, task::spawn_blocking, time::timeout};

use super::common::{IDEA, gated, occupied_slot, on_one_slot, rest};

const OTHER_TOKIO: &str = "this Tokio is not the one that the page describes";

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
    let dropped = within(patience(), "the runtime is dropped", || {
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
