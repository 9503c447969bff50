//! Task 4, cancel what waits: a dropped future takes its job out of the queue, and abandons one that runs.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::Waker,
};

use checks::{Explain, check, patience};
use futures_util::future::join_all;
use thread_pool::Refused;

use super::{
    common::{Gate, QUIET, STAGES, block_on, poll, seen},
    wakers::LATE,
};

const CANCEL: &str = "11-thread-pool.md#task-4-cancel-what-waits";

/// Dropping the future of a job that waits drops its closure at once, unrun, and frees its place.
#[test]
fn dropped_future_cancels_what_waits() {
    for stage in STAGES {
        let (refused, kept, ran) = seen(stage, "the running job never ends", CANCEL, move || {
            let (pool, gate, ran) = (stage.pool(1, 1), Gate::new(), Arc::new(AtomicUsize::new(0)));
            let first = pool.run_until_begun(&gate, || ());
            let (mut refused, mut kept) = (0, 0);
            for _ in 0..100 {
                let (held, counter) = (Arc::new(()), ran.clone());
                let owned = held.clone();
                let mut job = pool.run(move || (counter.fetch_add(1, SeqCst), owned));
                refused += usize::from(poll(&mut job, Waker::noop()).is_ready());
                drop(job);
                kept += usize::from(Arc::strong_count(&held) > 1);
            }
            gate.open();
            let _ = block_on(async { (first.await, pool.run(|| ()).await) });
            (refused, kept, ran.load(SeqCst))
        });
        check(
            refused == 0,
            format!("{stage:?}: 100 times a place is free again"),
            format!("{refused} times it was not"),
        )
        .or_explain("a cancelled job stays in the queue", CANCEL);
        check(
            kept == 0,
            format!("{stage:?}: each closure is gone with its future"),
            format!("{kept} were kept"),
        )
        .or_explain("a cancelled job's closure is kept until a thread comes by", CANCEL);
        check(ran == 0, format!("{stage:?}: no cancelled job runs"), format!("{ran} ran"))
            .or_explain("dropping the future only ends the wait", CANCEL);
    }
}

/// Each future is its own job's: the others that wait still run, in their order.
#[test]
fn dropped_future_cancels_its_own_job() {
    for stage in STAGES {
        let ran = seen(stage, "the running job never ends", CANCEL, move || {
            let (pool, gate, ran) = (stage.pool(1, 5), Gate::new(), Arc::new(Mutex::new(Vec::new())));
            let first = pool.run_until_begun(&gate, || ());
            let note = |number: usize| {
                let ran = ran.clone();
                Some(pool.run(move || ran.lock().unwrap().push(number)))
            };
            let mut jobs: Vec<_> = (0..5).map(note).collect();
            jobs[3] = None;
            jobs[1] = None;
            gate.open();
            let _ = block_on(async { (first.await, join_all(jobs.into_iter().flatten()).await) });
            ran.lock().unwrap().clone()
        });
        let likely = match HashSet::from_iter(ran.iter().copied()) == HashSet::from([0, 2, 4]) {
            true => "the others lose their order where one is taken out",
            false => "another job is taken out than the one whose future was dropped",
        };
        check(ran == [0, 2, 4], format!("{stage:?}: of jobs 0 to 4 all run but 1 and 3"), format!("{ran:?}"))
            .or_explain(likely, CANCEL);
    }
}

/// A job has not begun while the thread still wakes somebody, or drops the last result.
#[test]
fn job_behind_a_wake_or_a_drop_can_be_cancelled() {
    for (stage, late) in STAGES.into_iter().flat_map(|stage| LATE.map(|late| (stage, late))) {
        let ran = seen(stage, "a job is lost", CANCEL, move || {
            let (pool, gate, hold) = (stage.pool(1, 2), Gate::new(), Gate::new());
            let _kept = late.job(&pool, &gate, hold.job(|| ()));
            let ran = Arc::new(AtomicBool::new(false));
            let runs = ran.clone();
            let waits = pool.run(move || runs.store(true, SeqCst));
            gate.open();
            hold.crowd(1, patience());
            drop(waits);
            hold.open();
            let _ = block_on(pool.run(|| ()));
            ran.load(SeqCst)
        });
        check(!ran, format!("{stage:?}, {late:?}: a job that is cancelled meanwhile never runs"), "it ran")
            .or_explain(
                "a thread takes its next job before it has woken, or dropped the last result",
                CANCEL,
            );
    }
}

/// A closure may own another job of the pool: it is dropped after the lock, cancelled or refused.
#[test]
fn closure_is_dropped_outside_the_lock() {
    for stage in STAGES {
        let answer =
            seen(stage, "a closure is dropped under a lock that its own drop needs", CANCEL, move || {
                let (pool, gate) = (stage.pool(1, 2), Gate::new());
                let _first = pool.run_until_begun(&gate, || ());
                let owned = pool.run(|| ());
                drop(pool.run(move || drop(owned)));
                let (owned, _other) = (pool.run(|| ()), pool.run(|| ()));
                let refused = block_on(pool.run(move || drop(owned)));
                gate.open();
                refused
            });
        check(answer == Err(Refused::Full), format!("{stage:?}: `Full`"), format!("{answer:?}"))
            .or_explain("a cancelled job stays in the queue", CANCEL);
    }
}

/// Dropping the future of a job that runs abandons it: it runs to its end, and keeps its thread until then.
#[test]
fn dropped_future_abandons_what_runs() {
    for stage in STAGES {
        let (early, ended) = seen(stage, "dropping the future waits for the job", CANCEL, move || {
            let (pool, gate, ended) = (stage.pool(1, 1), Gate::new(), Arc::new(AtomicBool::new(false)));
            let end = ended.clone();
            drop(pool.run_until_begun(&gate, move || end.store(true, SeqCst)));
            let (begun, begins) = mpsc::channel();
            let next = pool.run(move || begun.send(()));
            let early = begins.recv_timeout(QUIET).is_ok();
            gate.open();
            let _ = block_on(next);
            (early, ended.load(SeqCst))
        });
        check(
            !early && ended,
            format!("{stage:?}: the next job begins when the abandoned one has ended"),
            "before",
        )
        .or_explain("an abandoned job is counted as ended", CANCEL);
    }
}
