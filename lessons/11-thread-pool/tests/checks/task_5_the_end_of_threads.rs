//! Task 5, the end of threads: after a time without jobs, at a shutdown, and when the pool is dropped.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::mpsc::{self, RecvTimeoutError::Timeout},
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, ScriptedRoom, check, patience, program, span};
use futures_util::future::join_all;
use thread_pool::{Queued, Refused, Settings, Shutdown};

use super::{
    common::{
        BOUNDS, END, Fragile, Gate, IDEA, NO_JOIN, Pool, STAGES, STAYS, block_on, every_end, seen, settings,
        three_abandoned,
    },
    lives::{closed, live},
    wakers::LATE,
};

/// A thread that waits for longer than the keep-alive ends, and the next job starts another one.
#[test]
fn idle_threads_end() {
    for stage in STAGES {
        let (first, next) = seen(stage, "idle threads wait for ever: bound their wait", END, move || {
            let pool = stage.pool_with(Settings { keep_alive: Duration::from_millis(20), ..settings(3, 3) });
            let (lives, first) = live(&pool, 3);
            lives.none();
            (first, live(&pool, 1).1)
        });
        let fresh = next.len() == 1 && !first.contains(&next[0]);
        check(fresh, format!("{stage:?}: a new thread after the old ones ended"), "an old one")
            .or_explain("threads that ended are still counted", END);
    }
}

/// A shutdown that finishes runs what waits; when it returns, no thread of the pool is left.
#[test]
fn shutdown_finishes_what_waits() {
    for stage in STAGES {
        let (told, results, left) =
            seen(stage, "the shutdown does not close the pool, or never ends", END, move || {
                let (pool, gate) = (stage.pool(2, 8), Gate::new());
                let (lives, _) = live(&pool, 2);
                let jobs: Vec<_> = (0..6).map(|_| pool.run(gate.job(|| ()))).collect();
                gate.crowd(2, patience() / 3);
                let (ending, opener) = (pool.clone(), gate.clone());
                let opener = thread::spawn(move || {
                    closed(&ending);
                    opener.open();
                });
                let told = pool.shutdown(Queued::Finish, patience());
                let left = lives.count();
                opener.join().expect("the gate opens");
                (told, block_on(join_all(jobs)), left)
            });
        let expected = Shutdown { finished: 6, abandoned: 0, running: 0 };
        check(told == expected, format!("{stage:?}: {expected}"), told.to_string())
            .or_explain("threads end before the queue is empty, or `finished` counts something else", END);
        check(results == [Ok(()); 6], format!("{stage:?}: 6 results"), format!("{results:?}"))
            .or_explain("threads end before the queue is empty", END);
        check(left == 0, format!("{stage:?}: no thread is left after the shutdown"), format!("{left} are"))
            .or_explain("the shutdown does not wait for the threads themselves: `join` them", END);
    }
}

/// A shutdown that abandons drops what waits at once, and what runs when its limit is over; that goes on.
#[test]
fn shutdown_abandons_what_waits() {
    for (stage, queued) in every_end() {
        let (told, waited, ran, again) =
            seen(stage, "the shutdown waits for longer than its limit, or keeps jobs", END, move || {
                let (pool, gate) = (stage.pool(1, 8), Gate::new());
                let first = pool.run_until_begun(&gate, || 7);
                let jobs: Vec<_> = (0..3).map(|_| pool.run(|| ())).collect();
                let told = pool.shutdown(queued, Duration::from_millis(20));
                let waited = block_on(join_all(jobs));
                let again = pool.shutdown(queued, Duration::ZERO);
                gate.open();
                (told, waited, block_on(first), again)
            });
        let expected = Shutdown { finished: 0, abandoned: 3, running: 1 };
        check(told == expected, format!("{stage:?}, {queued:?}: {expected}"), told.to_string())
            .or_explain("what waits is not dropped, or is not counted", END);
        three_abandoned(&waited, "a closure that is dropped must tell its future");
        check(
            ran == Ok(7),
            format!("{stage:?}, {queued:?}: the result of the job that ran"),
            format!("{ran:?}"),
        )
        .or_explain("the shutdown takes the result of a job that it abandons", END);
        let expected = Shutdown { finished: 0, abandoned: 0, running: 1 };
        check(again == expected, format!("{stage:?}: {expected}, at the second shutdown"), again.to_string())
            .or_explain("the second shutdown counts what the first one did, or leaves out what runs", END);
    }
}

/// Jobs that ended before the shutdown are not counted, nor one that is cancelled; one that panics has ended.
#[test]
fn shutdown_counts_what_ends_since() {
    for stage in STAGES {
        let told =
            seen(stage, "a shutdown never ends, or of four only one hears of the last end", END, move || {
                let (pool, gate) = (stage.pool(1, 8), Gate::new());
                let _ = [(); 3].map(|()| block_on(pool.run(|| ())));
                let _first = pool.run_until_begun(&gate, || ());
                let _panics = pool.run(|| resume_unwind(Box::new("as it should")));
                let (cancelled, ending) = (pool.run(|| ()), [(); 4].map(|()| pool.clone()));
                // Without a limit: when the last thread leaves, each of the four must hear it.
                let ending =
                    ending.map(|pool| thread::spawn(move || pool.shutdown(Queued::Finish, Duration::MAX)));
                closed(&pool);
                drop(cancelled);
                gate.open();
                let told = ending.map(|ending| ending.join().expect("a shutdown"));
                // One that began late has less to tell.
                told.into_iter().max_by_key(|told| told.finished + told.abandoned).unwrap_or_default()
            });
        let expected = Shutdown { finished: 2, abandoned: 0, running: 0 };
        check(told == expected, format!("{stage:?}: {expected}, one with a panic"), told.to_string())
            .or_explain(
                "`finished` counts jobs from before or cancelled, or leaves out those that panic",
                END,
            );
    }
}

/// Threads that wait for a job end with the pool: the shutdown need not wait for their keep-alive.
#[test]
fn shutdown_ends_idle_threads() {
    for stage in STAGES {
        let left = seen(stage, "threads that wait are not woken when the pool closes", END, move || {
            let pool = stage.pool(3, 0);
            let (lives, _) = live(&pool, 3);
            pool.shutdown(Queued::Finish, Duration::MAX);
            lives.count()
        });
        check(left == 0, format!("{stage:?}: no thread is left after the shutdown"), format!("{left} are"))
            .or_explain("the shutdown does not wait for the threads themselves: `join` them", END);
    }
}

/// A wake may take an hour: when the limit is over, the shutdown does not wait for the thread that calls it.
#[test]
fn shutdown_abandons_a_wake() {
    for (stage, late) in STAGES.into_iter().flat_map(|stage| LATE.map(|late| (stage, late))) {
        let told = seen(stage, "the shutdown joins a thread that still wakes or drops", END, move || {
            let (pool, gate, hold) = (stage.pool(1, 1), Gate::new(), Gate::new());
            let _kept = late.job(&pool, &gate, hold.job(|| ()));
            gate.open();
            hold.crowd(1, patience());
            let _waits = pool.run(|| ());
            let told = pool.shutdown(Queued::Finish, Duration::from_millis(20));
            hold.open();
            told
        });
        let expected = Shutdown { finished: 0, abandoned: 1, running: 0 };
        check(told == expected, format!("{stage:?}, {late:?}: {expected}"), told.to_string())
            .or_explain("a job that has ended before counts as running, or as finished since", END);
    }
}

/// The limit is one for all threads, also when some leave meanwhile, and two shutdowns wait for the same ones.
#[test]
fn limit_is_one_for_all() {
    let limit = Duration::from_millis(150);
    let shut_down = move |pool: &Pool| (Instant::now(), pool.shutdown(Queued::Finish, limit)).0.elapsed();
    for stage in STAGES {
        let took = seen(stage, "the shutdown never ends", END, move || {
            let both = |_| {
                let (pool, gates) = (stage.pool(4, 0), [(); 4].map(|()| Gate::new()));
                let _jobs = gates.each_ref().map(|gate| pool.run_until_begun(gate, || ()));
                let (other, leaving, (ended, ends)) = (pool.clone(), gates.clone(), mpsc::channel::<()>());
                let other = thread::spawn(move || shut_down(&other));
                // Two leave, one after the other, as long as the shutdowns wait.
                let pace = move |_: &&Gate| ends.recv_timeout(limit * 2 / 3) == Err(Timeout);
                thread::spawn(move || leaving[1..3].iter().take_while(pace).for_each(Gate::open));
                let mut took = [shut_down(&pool), other.join().expect("a shutdown")];
                drop(ended);
                gates.iter().for_each(Gate::open);
                took.sort();
                took
            };
            // A busy machine may be late once, and not each time.
            (0..3).map(both).min_by_key(|took| took[1]).unwrap_or_default()
        });
        let expected = format!("{stage:?}: both end after 150 ms, while 2 of 4 threads stay busy");
        check(took[0] >= limit && took[1] < 2 * limit, expected, took.map(span).join(" and "))
            .or_explain("a shutdown does not wait, or its limit begins anew with each thread", END);
    }
}

/// A closure that is abandoned may own a job of the same pool: it is dropped after the lock.
#[test]
fn closure_is_abandoned_outside_the_lock() {
    for (stage, queued) in every_end() {
        let heard =
            seen(stage, "a closure is dropped under a lock that its own drop needs", END, move || {
                let (pool, gate) = (stage.pool(1, 3), Gate::new());
                let _first = pool.run_until_begun(&gate, || ());
                let (owned, next) = (pool.run(|| ()), pool.clone());
                let job = pool.run(move || drop((owned, next.run(|| ()))));
                pool.shutdown(queued, Duration::ZERO);
                gate.open();
                block_on(job)
            });
        check(heard == Err(Refused::Abandoned), format!("{stage:?}: `Abandoned`"), format!("{heard:?}"))
            .or_explain("a closure that is dropped must tell its future", END);
    }
}

/// One that waits is told before the limit is over: it need not wait for what runs.
#[test]
fn abandoned_jobs_hear_of_it_at_once() {
    for stage in STAGES {
        let (heard, told) = seen(stage, "the shutdown never ends", END, move || {
            let (pool, gate, (tells, hears)) = (stage.pool(1, 8), Gate::new(), mpsc::channel());
            let _first = pool.run_until_begun(&gate, || ());
            let (job, ending) = (pool.run(|| ()), pool.clone());
            let ending = thread::spawn(move || ending.shutdown(Queued::Abandon, patience()));
            thread::spawn(move || tells.send(block_on(job)));
            let heard = hears.recv_timeout(patience() / 3);
            gate.open();
            (heard, ending.join().expect("a shutdown"))
        });
        let expected = format!("{stage:?}: `Abandoned`, while the shutdown waits for another job");
        check(heard == Ok(Err(Refused::Abandoned)), expected, format!("{heard:?}"))
            .or_explain("what waits is not dropped at once, or its drop does not tell its future", END);
        let expected = Shutdown { finished: 1, abandoned: 1, running: 0 };
        check(told == expected, format!("{stage:?}: {expected}"), told.to_string())
            .or_explain("it does not wait for what runs, or does not count what it abandoned at first", END);
    }
}

/// Closures that panic when they are dropped do not keep the others from being abandoned.
#[test]
fn panicking_closures_are_abandoned_too() {
    for stage in STAGES {
        let (told, heard) = seen(stage, "a closure that panics in its drop is not told of", END, move || {
            let (pool, gate) = (stage.pool(1, 8), Gate::new());
            let _first = pool.run_until_begun(&gate, || ());
            let jobs: Vec<_> = (0..3)
                .map(|_| {
                    let fragile = Fragile;
                    pool.run(move || drop(fragile))
                })
                .collect();
            let told = catch_unwind(AssertUnwindSafe(|| pool.shutdown(Queued::Abandon, Duration::ZERO)));
            let heard = block_on(join_all(jobs));
            gate.open();
            (told.ok(), heard)
        });
        let expected = Some(Shutdown { finished: 0, abandoned: 3, running: 1 });
        check(told == expected, format!("{stage:?}: 3 abandoned"), format!("{told:?}"))
            .or_explain("the panic of a closure's drop ends the shutdown", END);
        three_abandoned(&heard, "the panic of a closure's drop ends the shutdown");
    }
}

/// After a shutdown jobs are refused as such, by a pool that is full, too.
#[test]
fn jobs_after_shutdown_are_refused() {
    for stage in STAGES {
        let (told, answers) = seen(stage, "a job after the shutdown is never answered", END, move || {
            let (pool, full, gate) = (stage.pool(1, 8), stage.pool(1, 0), Gate::new());
            let _runs = full.run_until_begun(&gate, || ());
            let [told, _] = [&pool, &full].map(|pool| pool.shutdown(Queued::Finish, Duration::ZERO));
            let answers = [pool, full].map(|pool| block_on(pool.run(|| ())));
            gate.open();
            (told, answers)
        });
        check(told == Shutdown::default(), format!("{stage:?}: {}", Shutdown::default()), told.to_string())
            .or_explain("`finished` counts something else", END);
        let expected = format!("{stage:?}: `Closed`, of a pool that is idle and of one that is full");
        check(answers == [Err(Refused::Closed); 2], expected, format!("{answers:?}"))
            .or_explain("nobody looks at first whether the pool is shut down", END);
    }
}

/// A pool that is dropped runs what waits in it, and then its threads end.
#[test]
fn dropped_pool_finishes_and_ends() {
    for stage in STAGES {
        let results =
            seen(stage, "the drop waits, or its threads wait for ever or end early", END, move || {
                let (pool, idle, gate) = (stage.pool(2, 8), stage.pool(3, 0), Gate::new());
                let ((lives, _), (idles, _)) = (live(&pool, 2), live(&idle, 3));
                let jobs: Vec<_> = (0..6).map(|_| pool.run(gate.job(|| ()))).collect();
                gate.crowd(2, patience() / 3);
                drop((pool, idle));
                gate.open();
                let results = block_on(join_all(jobs));
                lives.none();
                idles.none();
                results
            });
        check(results == [Ok(()); 6], format!("{stage:?}: 6 results"), format!("{results:?}"))
            .or_explain("dropping the pool drops what waits in it", END);
    }
}

/// At its end the client has dropped all futures: two jobs run on, and none is left in the queue.
#[test]
fn client_says_what_it_leaves_behind() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("11"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for seconds in 3600..3605 {
        client.type_line(&format!("/sleep {seconds}"));
    }
    // The fifth is refused: the four before it have been handed in.
    client.shows(": the pool is busy, and its queue is full").or_explain("a full queue has no bound", BOUNDS);
    client.interrupt();
    client.exits().or_explain(STAYS, END);
    client
        .shows("the pool for sleep: 0 finished, 0 abandoned, 2 still running")
        .or_explain("`running` is not counted, or dropped futures leave their jobs in the queue", END);
}
