//! Task 3, bounds and answers: what the pool cannot do it says at once, and no job waits for its own thread.

use std::{
    sync::{Arc, Barrier, mpsc},
    task::{Poll, Waker},
};

use checks::{Client, Explain, ScriptedRoom, check, patience, program};
use futures_util::future::join_all;
use thread_pool::{Refused, Settings};

#[cfg(target_os = "linux")]
use super::scarce::four_jobs_on_one_thread;
use super::{
    common::{BOUNDS, Gate, IDEA, NO_JOIN, STAGES, block_on, chain, poll, seen, settings, two_at_once},
    wakers::{LATE, every_late},
};

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
    client.shows("!! /sleep -1: the pool is busy").or_explain(
        "a job is taken after one was refused: a thread started late, or the bound grows",
        BOUNDS,
    );
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
        let (taken, refused, again) = seen(
            stage,
            "the queue is without a bound, or waits for room; or 0 threads are none",
            BOUNDS,
            move || {
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
            },
        );
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

/// A wake, and the drop of a result that nobody awaits, may take an hour: another thread takes the jobs meanwhile.
#[test]
fn pool_goes_on_during_wakes_and_drops() {
    for (stage, late, idle) in every_late() {
        let began = seen(stage, "a job is lost", BOUNDS, move || {
            let (pool, gate, hold) = (stage.pool(2, 2), Gate::new(), Gate::new());
            if idle {
                block_on(join_all(two_at_once(&pool)));
            }
            let _kept = late.job(&pool, &gate, hold.job(|| ()));
            gate.open();
            hold.crowd(1, patience());
            let (begun, begins) = mpsc::channel();
            let next = pool.run(move || begun.send(()));
            let began = begins.recv_timeout(patience() / 3).is_ok();
            hold.open();
            let _ = block_on(next);
            began
        });
        let other = if idle { "the thread that waits" } else { "another thread" };
        check(began, format!("{stage:?}, {late:?}: {other} takes a job meanwhile"), "it began after that")
            .or_explain(
                "a thread counts as free while it wakes or drops: count it when that is over",
                BOUNDS,
            );
    }
}

/// A job that waits is for whichever thread is free first, and not for one that still wakes or drops.
#[test]
fn waiting_job_is_taken_by_a_free_thread() {
    for (stage, late, _) in every_late() {
        let began = seen(stage, "a job is lost", BOUNDS, move || {
            let (pool, gate, other, hold) = (stage.pool(2, 2), Gate::new(), Gate::new(), Gate::new());
            let _kept = late.job(&pool, &gate, hold.job(|| ()));
            let _other = pool.run_until_begun(&other, || ());
            let (begun, begins) = mpsc::channel();
            let next = pool.run(move || begun.send(()));
            gate.open();
            hold.crowd(1, patience());
            other.open();
            let began = begins.recv_timeout(patience() / 3).is_ok();
            hold.open();
            let _ = block_on(next);
            began
        });
        check(began, format!("{stage:?}, {late:?}: a free thread takes what waits"), "it began after that")
            .or_explain(
                "a thread takes its next job before it has woken, or dropped the last result",
                BOUNDS,
            );
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
            .or_explain(
                "a job of the pool's own thread is refused although a thread is free, or may start",
                BOUNDS,
            );
        check(
            too_deep == Err(Refused::Nested),
            format!("{stage:?}: `Nested` for the fourth"),
            format!("{too_deep:?}"),
        )
        .or_explain("a job handed in by a job must begin at once on another thread, or be refused", BOUNDS);
        let expected = [Ok(Err(Refused::Nested)); 2];
        check(
            crossed == expected,
            format!("{stage:?}: `Nested` for both inner jobs"),
            format!("{crossed:?}"),
        )
        .or_explain("a job handed in by a job must begin at once on another thread, or be refused", BOUNDS);
    }
}

/// Of two that a job hands in at once the one free thread takes the first, and the second has no place in the queue.
#[test]
fn nested_jobs_share_no_thread() {
    for stage in STAGES {
        let answers = seen(stage, "a nested job waits for a thread that never comes", BOUNDS, move || {
            // Each time a pool of its own, whose second thread is still on its way.
            let second = |_| {
                let (pool, gate) = (stage.pool(2, 10), Gate::new());
                let inner = pool.clone();
                block_on(pool.run(move || {
                    let first = inner.run(gate.job(|| ()));
                    let second = poll(&mut inner.run(|| ()), Waker::noop());
                    gate.open();
                    (block_on(first), second)
                }))
            };
            (0..20).map(second).collect::<Vec<_>>()
        });
        let expected = Ok((Ok(()), Poll::Ready(Err(Refused::Nested))));
        let other = answers.iter().find(|answer| **answer != expected);
        check(
            other.is_none(),
            format!("{stage:?}: a result and `Nested`, for two jobs of a job and one free thread"),
            format!("{:?}", other.unwrap_or(&expected)),
        )
        .or_explain("a free thread is counted for two jobs, or a nested job joins the queue", BOUNDS);
    }
}

/// A job may wait for one of another pool: there it has a place in the queue, as whatever comes from outside.
#[test]
fn job_of_another_pool_may_wait() {
    for stage in STAGES {
        let answer = seen(stage, "a job is lost", BOUNDS, move || {
            let (pool, other, gate) = (stage.pool(1, 1), stage.pool(1, 1), Gate::new());
            let _busy = other.run_until_begun(&gate, || ());
            let (told, hears) = mpsc::channel();
            let outer = pool.run(move || {
                let inner = other.run(|| 7);
                let _ = told.send(());
                block_on(inner)
            });
            let _ = hears.recv();
            gate.open();
            block_on(outer)
        });
        check(answer == Ok(Ok(7)), format!("{stage:?}: 7, from the other pool"), format!("{answer:?}"))
            .or_explain("a thread of another pool is taken for one of this pool", BOUNDS);
    }
}

/// A wake or a drop on a thread of the pool that awaits a job is like a job that does: its own thread is not free.
#[test]
fn nested_wakes_and_drops_do_not_deadlock() {
    for (stage, late, threads) in STAGES
        .into_iter()
        .flat_map(|stage| LATE.into_iter().flat_map(move |late| [(stage, late, 1), (stage, late, 2)]))
    {
        let answer = seen(
            stage,
            "a thread that wakes or drops counts as free, and waits for itself",
            BOUNDS,
            move || {
                let (pool, gate, (told, hears)) = (stage.pool(threads, 10), Gate::new(), mpsc::channel());
                let inner = pool.clone();
                let _kept = late.job(&pool, &gate, move || {
                    let _ = told.send(block_on(inner.run(|| 7)));
                });
                gate.open();
                hears.recv()
            },
        );
        let expected = if threads == 1 { Err(Refused::Nested) } else { Ok(7) };
        check(
            answer == Ok(expected),
            format!("{stage:?}, {late:?}, {threads} threads: {expected:?}"),
            format!("{answer:?}"),
        )
        .or_explain("a job from the pool's own thread begins at once on another one, or is `Nested`", BOUNDS);
    }
}

/// Where the system starts no thread, and none lives, each job is refused, and its closure dropped.
#[test]
#[cfg(target_pointer_width = "64")]
fn missing_thread_is_an_answer() {
    for stage in STAGES {
        let (answer, kept) =
            seen(stage, "a thread that does not start leaves its job in the queue", BOUNDS, move || {
                // No system has an address space for such a stack.
                let pool = stage.pool_with(Settings { stack: 1 << 47, ..settings(2, 2) });
                let held = Arc::new(());
                let answer =
                    [held.clone(), held.clone()].map(|owned| block_on(pool.run(move || drop(owned))));
                (answer, Arc::strong_count(&held) - 1)
            });
        let refused = answer.iter().all(|answer| matches!(answer, Err(Refused::NoThread(_))));
        let likely = if answer.iter().any(Result::is_ok) {
            "the thread starts with another stack than `Settings::stack`"
        } else {
            "`spawn` of `thread::Builder` gives an error that nobody looks at"
        };
        check(
            refused,
            format!("{stage:?}: `NoThread`, twice, for a stack of 2^47 bytes"),
            format!("{answer:?}"),
        )
        .or_explain(likely, BOUNDS);
        check(
            kept == 0,
            format!("{stage:?}: both closures are dropped with the answer"),
            format!("{kept} are kept"),
        )
        .or_explain("a job that was refused stays in the queue, and runs when a thread starts", BOUNDS);
    }
}

/// Where a thread lives and the system starts no second one, jobs wait for the one that there is, as many as may wait.
#[test]
#[cfg(target_os = "linux")]
fn pool_goes_on_with_the_threads_it_has() {
    let name = concat!(module_path!(), "::pool_goes_on_with_the_threads_it_has");
    for (stage, gave) in four_jobs_on_one_thread(name) {
        let likely = match gave.as_str() {
            "Ok(1), Ok(2), Ok(3), Ok(4)" => {
                "a thread that the system does not start counts as a place for a job"
            }
            "no answer" => {
                "a start that fails is counted all the same: a job waits for a thread that never comes"
            }
            _ => "a thread that does not start is more than an answer: another one lives",
        };
        check(
            gave == "Ok(1), Ok(2), Ok(3), Err(Full)",
            format!("{stage:?}: of four jobs one runs on the one thread, two wait, one is `Full`"),
            gave,
        )
        .or_explain(likely, BOUNDS);
    }
}
