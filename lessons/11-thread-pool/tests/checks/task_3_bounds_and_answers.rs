//! Task 3, bounds and answers: what the pool cannot do it says at once, and no job waits for its own thread.

use std::sync::{Arc, Barrier};

use checks::{Client, Explain, ScriptedRoom, check, program};
use futures_util::future::join_all;
use thread_pool::{Refused, Settings};

use super::common::{BOUNDS, Gate, IDEA, NO_JOIN, Pool, STAGES, block_on, seen, settings};

/// Of five that sleep two run, two wait and one is refused; the other commands have another pool.
#[test]
fn fifth_sleeper_is_refused() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("11"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for seconds in 3600..3605 {
        client.type_line(&format!("/sleep {seconds}"));
    }
    let refused = client.shows(": the pool is busy, and its queue is full");
    refused.or_explain("a full queue waits, or has no bound", BOUNDS);
    client.type_line("/sleep -1");
    client.shows("!! /sleep -1: the pool is busy").or_explain("a full queue waits, or has no bound", BOUNDS);
    client.type_line("/digest Cargo.toml");
    client.shows("== /digest Cargo.toml: ").or_explain("the pool for sleep is used for all", BOUNDS);
}

/// As many jobs as may run and wait are taken; the next one hears `Full` at once, and later there is room again.
#[test]
fn full_queue_is_an_answer() {
    for (stage, (threads, queue)) in
        STAGES.into_iter().flat_map(|stage| [(2, 0), (2, 3), (0, 1)].map(|size| (stage, size)))
    {
        let places = threads.max(1) + queue;
        let (taken, refused, again) =
            seen(stage, "the queue is without a bound, or waits for room", BOUNDS, move || {
                let (pool, gate) = (stage.pool(threads, queue), Gate::new());
                let jobs: Vec<_> = (0..places).map(|_| pool.run(gate.job(|| ()))).collect();
                let refused = [0; 3].map(|_| block_on(pool.run(|| ())));
                gate.open();
                let taken = block_on(join_all(jobs)).iter().filter(|result| result.is_ok()).count();
                // A result means that there is room: whoever has it may hand in the next job.
                let again = (0..200).all(|_| {
                    block_on(join_all((0..places).map(|_| pool.run(|| ())))).iter().all(Result::is_ok)
                });
                (taken, refused, again)
            });
        let size = format!("{stage:?}, {threads} threads, {queue} may wait");
        check(refused == [Err(Refused::Full); 3], format!("{size}: `Full`, at once"), format!("{refused:?}"))
            .or_explain("the queue is without a bound", BOUNDS);
        check(taken == places, format!("{size}: {places} jobs have their results"), format!("{taken} have"))
            .or_explain(
                "a job is refused although it may run or wait: a free thread is a place, too",
                BOUNDS,
            );
        check(again, format!("{size}: room again for {places} once {places} are done"), "a job is refused")
            .or_explain("a thread counts as busy after its caller has heard the result", BOUNDS);
    }
}

/// Jobs that wait for jobs of their own pool: a chain as long as the pool has threads, and then an answer.
#[test]
fn nested_jobs_do_not_deadlock() {
    for stage in STAGES {
        let (deep, too_deep, crossed) =
            seen(stage, "nested jobs wait in a queue that they block themselves", BOUNDS, move || {
                let pool = stage.pool(3, 10);
                let (deep, too_deep) = (chain(&pool, 3), chain(&pool, 4));
                // Two at once, so that neither finds a thread for its inner job.
                let (pair, both) = (stage.pool(2, 10), Arc::new(Barrier::new(2)));
                let outer = || {
                    let (pool, both) = (pair.clone(), both.clone());
                    pair.run(move || {
                        both.wait();
                        let inner = block_on(pool.run(|| ()));
                        both.wait();
                        inner
                    })
                };
                let crossed = block_on(join_all([outer(), outer()]));
                (deep, too_deep, crossed)
            });
        check(deep == Ok(3), format!("{stage:?}: 3 nested jobs on 3 threads"), format!("{deep:?}"))
            .or_explain("a job of the pool's own thread is refused although a thread is free", BOUNDS);
        check(
            too_deep == Err(Refused::Nested),
            format!("{stage:?}: `Nested` for the fourth"),
            format!("{too_deep:?}"),
        )
        .or_explain("a job handed in by a job must begin at once or be refused", BOUNDS);
        let expected = [Ok(Err(Refused::Nested)); 2];
        check(
            crossed == expected,
            format!("{stage:?}: `Nested` for both inner jobs"),
            format!("{crossed:?}"),
        )
        .or_explain("a job handed in by a job must begin at once or be refused", BOUNDS);
    }
}

/// Where the system starts no thread, and none lives, each job is refused.
#[test]
#[cfg(target_pointer_width = "64")]
fn missing_thread_is_an_answer() {
    for stage in STAGES {
        let answer =
            seen(stage, "a thread that does not start leaves its job in the queue", BOUNDS, move || {
                // No system has an address space for such a stack.
                let pool = stage.pool_with(Settings { stack: 1 << 47, ..settings(2, 2) });
                [block_on(pool.run(|| ())), block_on(pool.run(|| ()))]
            });
        let refused = answer.iter().all(|answer| matches!(answer, Err(Refused::NoThread(_))));
        check(refused, format!("{stage:?}: `NoThread`, twice"), format!("{answer:?}"))
            .or_explain("`spawn` of `thread::Builder` gives an error that nobody looks at", BOUNDS);
    }
}

/// Each job awaits the next one, from its thread; says how many ran.
fn chain(pool: &Pool, jobs: usize) -> Result<usize, Refused> {
    if jobs == 0 {
        return Ok(0);
    }
    let inner = pool.clone();
    Ok(1 + block_on(pool.run(move || chain(&inner, jobs - 1)))??)
}
