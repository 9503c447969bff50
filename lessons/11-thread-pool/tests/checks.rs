//! What the pool of lesson 11 must do; run them with `cargo course check 11`.
//!
//! Those of the pool run twice: on the crate's `ThreadPool`, and on its second stage, `fast::ThreadPool`.

use std::{
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::{Pin, pin},
    sync::{
        Arc, Barrier, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread, ThreadId},
    time::{Duration, Instant},
};

use checks::{Client, Ended, Explain, PATIENCE, ScriptedRoom, check, program, thread_names, within};
use futures_util::future::join_all;
use thread_pool::{Queued, Refused, Settings, Shutdown, ThreadPool, fast, run_in_executor};

const IDEA: &str = "11-thread-pool.md#the-idea";
const THREADS: &str = "11-thread-pool.md#task-1-a-queue-and-its-threads";
const FUTURE: &str = "11-thread-pool.md#task-2-the-jobs-future";
const BOUNDS: &str = "11-thread-pool.md#task-3-bounds-and-answers";
const CANCEL: &str = "11-thread-pool.md#task-4-cancel-what-waits";
const END: &str = "11-thread-pool.md#task-5-the-end-of-threads";
const NO_JOIN: &str = "`run` returned before it joined the room";
const INLINE: &str = "the job runs inside of `run_in_executor`, on the thread of whoever calls it";
const FEWER: &str = "a job that panicked has taken its thread along, or left it counted as busy";

/// How long a job has to begin that must not begin; a job that may begin is waited for.
const QUIET: Duration = Duration::from_millis(150);

// The client.

/// What the room says is shown while a job blocks; pongs go out, and Ctrl-C does not wait for it.
#[test]
fn room_goes_on_while_a_job_blocks() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("11"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/sleep 3600");
    room.pongs(4).or_explain(INLINE, THREADS);
    client.type_line("still here");
    room.hears("still here").or_explain(INLINE, THREADS);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(INLINE, THREADS);
    client.interrupt();
    let ended = client.exits().or_explain("the end waits for the job: give `shutdown` its limit", END);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// Each command gives its own answer, and the panic of a job is one, too.
#[test]
fn commands_run_on_the_pools() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("11"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for (line, answer) in [
        ("/digest Cargo.toml", "== /digest Cargo.toml: "),
        ("/sleep -1", "!! /sleep -1: the job panicked: cannot convert float seconds"),
        ("/sleep 0", "== /sleep 0: awake again"),
        ("/dance", "!! /dance: the commands are"),
    ] {
        client.type_line(line);
        client.shows(answer).or_explain("a panic is not raised again where the job is awaited", FUTURE);
    }
}

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

// A queue and its threads.

/// A job runs on a thread that has the pool's name and a number; handing it in does not wait for it.
#[test]
fn job_runs_on_a_named_thread() {
    for stage in STAGES {
        let name = seen(stage, INLINE, THREADS, move || {
            let (pool, gate) = (stage.pool(2, 0), Gate::new());
            let job = pool.run(gate.job(thread_name));
            gate.open();
            block_on(job)
        });
        check(
            name == Ok("pool 1".into()),
            format!("{stage:?}: a thread named `pool 1`"),
            format!("{name:?}"),
        )
        .or_explain("threads get `Settings::name` and a number, through `thread::Builder`", THREADS);
    }
}

/// A thread is started when a job finds none free, and up to the bound: as many run at once, and never more.
#[test]
fn threads_start_on_demand_up_to_the_bound() {
    for stage in STAGES {
        let (one, most) = seen(stage, "jobs do not run at once, or are lost", THREADS, move || {
            let (name, gate) = (["lone", "alone"][stage as usize], Gate::new());
            let pool = stage.pool_with(Settings { name, ..settings(3, 7) });
            let ids: Vec<_> = (0..20).map(|_| block_on(pool.run(thread_id))).collect();
            let one = ids.windows(2).all(|two| two[0] == two[1]) && !a_second_shows(name);
            let jobs: Vec<_> = (0..10).map(|_| pool.run(gate.job(|| ()))).collect();
            gate.crowd(3, PATIENCE / 3);
            let most = gate.crowd(4, QUIET);
            gate.open();
            block_on(join_all(jobs));
            (one, most)
        });
        check(one, format!("{stage:?}: one thread for jobs that come one by one"), "several were started")
            .or_explain("a thread is free before its caller hears the result: count it first", THREADS);
        check(most == 3, format!("{stage:?}: 3 of 10 jobs run at once"), format!("{most} did")).or_explain(
            "jobs run under the lock, or one thread is started for all, or one for each",
            THREADS,
        );
    }
}

/// Jobs begin in the order in which they were handed in.
#[test]
fn jobs_begin_in_order() {
    for stage in STAGES {
        let order = seen(stage, "a job is lost", THREADS, move || {
            let (pool, gate, order) = (stage.pool(1, 50), Gate::new(), Arc::new(Mutex::new(Vec::new())));
            let first = pool.run(gate.job(|| ()));
            let note = |number| {
                let order = order.clone();
                pool.run(move || order.lock().unwrap().push(number))
            };
            let jobs: Vec<_> = (0..50).map(note).collect();
            gate.open();
            block_on(async { (first.await, join_all(jobs).await) }).0.expect("a result");
            order.lock().unwrap().clone()
        });
        check(order.iter().copied().eq(0..50), format!("{stage:?}: 50 jobs in order"), format!("{order:?}"))
            .or_explain("the queue gives back the wrong end", THREADS);
    }
}

/// Of thousands of jobs from several threads each runs once, and its own result comes back.
#[test]
fn every_job_runs_once() {
    for stage in STAGES {
        let (ran, own) =
            seen(stage, "a job is lost: nobody was woken for it, or nobody was told", THREADS, move || {
                let (pool, ran) = (stage.pool(4, 4000), Arc::new(AtomicUsize::new(0)));
                let hand_in = |from: usize| {
                    let (pool, ran) = (pool.clone(), ran.clone());
                    move || {
                        let jobs = (from..from + 1000).map(|number| {
                            let ran = ran.clone();
                            pool.run(move || (ran.fetch_add(1, SeqCst), number).1)
                        });
                        block_on(join_all(jobs)).into_iter().map(Result::ok).eq((from..from + 1000).map(Some))
                    }
                };
                let callers: Vec<_> = (0..4).map(|caller| thread::spawn(hand_in(caller * 1000))).collect();
                let own = callers.into_iter().all(|caller| caller.join().is_ok_and(|own| own));
                (ran.load(SeqCst), own)
            });
        check(ran == 4000 && own, format!("{stage:?}: 4000 jobs run once each"), format!("{ran} ran"))
            .or_explain("results change hands, or a job is taken twice", THREADS);
    }
}

/// `None` is one pool for the whole process: `min(32, cores + 4)` jobs of different calls run at once.
#[test]
fn default_pool_is_one() {
    let threads = 32.min(thread::available_parallelism().map_or(1, usize::from) + 4);
    for stage in STAGES {
        let (most, name) = seen(stage, "a job of the default pool does not begin", BOUNDS, move || {
            let gate = Gate::new();
            let jobs: Vec<_> = (0..threads + 5).map(|_| stage.run_in_default(gate.job(|| ()))).collect();
            gate.crowd(threads, PATIENCE / 3);
            let most = gate.crowd(threads + 1, QUIET);
            gate.open();
            block_on(join_all(jobs));
            (most, block_on(stage.run_in_default(thread_name)))
        });
        check(most == threads, format!("{stage:?}: {threads} jobs at once"), format!("{most} at once"))
            .or_explain("`None` makes a new pool for each call, or one of another width", BOUNDS);
        let named = name.as_ref().is_ok_and(|name| name.starts_with("pool "));
        check(named, format!("{stage:?}: threads named `pool N`"), format!("{name:?}"))
            .or_explain("the default pool has other settings than `Settings::default()`", BOUNDS);
    }
}

// The job's future.

/// The same future is awaited on Tokio, on several threads of Tokio, and by a thread that parks.
#[test]
fn future_works_on_any_runtime() {
    for stage in STAGES {
        let results = seen(stage, "the future needs a runtime of a certain kind", FUTURE, move || {
            let pool = stage.pool(2, 10);
            let tokio = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let several = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
            let several = several.expect("a runtime");
            let spawned = several.spawn(pool.run(|| 2));
            [
                tokio.block_on(pool.run(|| 1)),
                several.block_on(spawned).expect("a task"),
                block_on(pool.run(|| 3)),
            ]
        });
        let expected = [Ok(1), Ok(2), Ok(3)];
        check(results == expected, format!("{stage:?}: {expected:?}"), format!("{results:?}"))
            .or_explain("results change hands", FUTURE);
    }
}

/// A result that was there before the first poll is given by that poll, since nobody will be woken for it.
#[test]
fn result_before_the_first_poll_is_there() {
    for stage in STAGES {
        let polled = seen(stage, "a job that was taken does not run", FUTURE, move || {
            let pool = stage.pool(1, 2);
            let (next, gone) = mpsc::channel();
            let mut job = pool.run(|| 7);
            let _next = pool.run(move || next.send(()));
            // Its one thread has done the first job when it does the next one.
            gone.recv().expect("the next job begins");
            poll(&mut job, Waker::noop())
        });
        check(
            polled == Poll::Ready(Ok(7)),
            format!("{stage:?}: ready at the first poll"),
            format!("{polled:?}"),
        )
        .or_explain("the first poll leaves its waker without a look at the outcome", FUTURE);
    }
}

/// A result that comes in the moment of a poll is not lost: job and poll meet again and again.
#[test]
fn result_in_the_moment_of_a_poll_is_not_lost() {
    for stage in STAGES {
        let lost = seen(stage, "a job that was taken does not run", FUTURE, move || {
            let (pool, began) = (stage.pool(1, 63), Instant::now());
            let mut lost = false;
            while !lost && began.elapsed() < PATIENCE / 4 {
                let mut meetings: Vec<_> = (0..64).map(|_| Meeting::on(&pool)).collect();
                // Later by nothing or by little, at each meeting another little.
                lost = meetings.iter_mut().enumerate().any(|(delay, meeting)| meeting.is_missed(delay));
            }
            lost
        });
        check(
            !lost,
            format!("{stage:?}: a wake for each poll that found no result"),
            "one poll was never woken",
        )
        .or_explain("the waker is left after a look at the outcome: hold one lock over both", FUTURE);
    }
}

/// Who polled last is woken, and nobody else.
#[test]
fn last_waker_is_woken() {
    for stage in STAGES {
        let counts = seen(stage, "nobody is woken", FUTURE, move || {
            let (pool, gate) = (stage.pool(1, 0), Gate::new());
            let mut job = pool.run(gate.job(|| ()));
            let wakers = [Arc::new(Count::default()), Arc::new(Count::default())];
            for waker in &wakers {
                let pending = poll(&mut job, &waker.clone().into()).is_pending();
                assert!(pending && poll(&mut job, &waker.clone().into()).is_pending());
            }
            gate.open();
            until(|| wakers.iter().any(|waker| waker.0.load(SeqCst) > 0));
            // Its one thread begins another job only when it has woken everybody whom it wakes.
            let _ = block_on(pool.run(|| ()));
            wakers.map(|waker| waker.0.load(SeqCst))
        });
        check(
            counts == [0, 1],
            format!("{stage:?}: the last of two wakers is woken, once"),
            format!("{counts:?}"),
        )
        .or_explain("the waker of the first poll is kept for good", FUTURE);
    }
}

/// A waker that is replaced may be a task's last handle, and its drop may take long: it goes after the lock.
#[test]
fn replaced_waker_is_dropped_outside_the_lock() {
    for stage in STAGES {
        let goes_on = seen(stage, "the waker of an earlier poll is kept", FUTURE, move || {
            let (pool, gate, (begun, begins), (told, hears)) =
                (stage.pool(1, 1), Gate::new(), mpsc::channel(), mpsc::channel());
            let mut job = pool.run(gate.job(|| ()));
            let _next = pool.run(move || begun.send(()));
            let lingering = Lingering { gate, begins: Mutex::new(begins), told };
            let _ = poll(&mut job, &Arc::new(lingering).into());
            let _ = poll(&mut job, Waker::noop());
            hears.recv().expect("a waker that was dropped")
        });
        check(
            goes_on,
            format!("{stage:?}: the pool goes on while a replaced waker is dropped"),
            "its thread waited for the drop",
        )
        .or_explain("the old waker is dropped under the lock: take it out, unlock, then drop it", FUTURE);
    }
}

/// Whoever is woken may poll, and may hand in the next job: no lock is held, and the thread counts as free.
#[test]
fn waker_may_use_the_pool() {
    for stage in STAGES {
        let told = seen(stage, "the waker is called under a lock that it needs itself", FUTURE, move || {
            let (pool, gate, (told, hears)) = (stage.pool(1, 0), Gate::new(), mpsc::channel());
            let eager = Arc::new(Eager { pool: pool.clone(), job: Mutex::default(), told });
            let mut job = pool.run(gate.job(|| 7));
            let pending = poll(&mut job, &eager.clone().into()).is_pending();
            *eager.job.lock().unwrap() = Some(job);
            gate.open();
            let (result, refused) = hears.recv().expect("a waker that was called");
            (pending, result, refused)
        });
        let (pending, result, refused) = told;
        check(
            pending && result == Some(7),
            format!("{stage:?}: the waker polls a result"),
            format!("{result:?}"),
        )
        .or_explain("somebody is woken before the outcome is there", FUTURE);
        check(!refused, format!("{stage:?}: whoever is woken hands in the next job"), "it is refused")
            .or_explain("the thread counts as busy when its caller hears of the result: count first", BOUNDS);
    }
}

/// The panic of a job goes on where it is awaited, with what it carries, and costs no thread.
#[test]
fn panic_goes_on_at_the_await() {
    for stage in STAGES {
        let (texts, most) = seen(stage, "the panic of a job keeps its caller waiting", FUTURE, move || {
            let (pool, gate) = (stage.pool(2, 2), Gate::new());
            let panics = |text: &'static str| {
                let job = pool.run(move || -> u8 { resume_unwind(Box::new(text)) });
                let payload = catch_unwind(AssertUnwindSafe(|| block_on(job))).err();
                payload.and_then(|payload| payload.downcast_ref::<&str>().copied())
            };
            let texts = ["a cup", "a jug", "a pot"].map(panics);
            let jobs: Vec<_> = (0..2).map(|_| pool.run(gate.job(|| ()))).collect();
            let most = gate.crowd(2, PATIENCE / 3);
            gate.open();
            block_on(join_all(jobs));
            (texts, most)
        });
        let expected = [Some("a cup"), Some("a jug"), Some("a pot")];
        check(texts == expected, format!("{stage:?}: each await panics with its text"), format!("{texts:?}"))
            .or_explain("`resume_unwind` hands the payload on; a new panic hides it", FUTURE);
        check(most == 2, format!("{stage:?}: then 2 jobs run at once, on 2 threads"), format!("{most} did"))
            .or_explain(FEWER, FUTURE);
    }
}

/// What a result does when nobody awaits it, or a waker when it is called, costs no thread.
#[test]
fn panic_outside_of_the_job_costs_no_thread() {
    for stage in STAGES {
        let (most, after) = seen(stage, FEWER, FUTURE, move || {
            let pool = stage.pool(2, 2);
            for _ in 0..3 {
                let gate = Gate::new();
                drop(pool.run_until_begun(&gate, || Fragile));
                gate.open();
                let gate = Gate::new();
                let mut job = pool.run_until_begun(&gate, || ());
                let _ = poll(&mut job, &Arc::new(Careless).into());
                gate.open();
                until(|| poll(&mut job, Waker::noop()).is_ready());
            }
            let gate = Gate::new();
            let jobs: Vec<_> = (0..2).map(|_| pool.run(gate.job(|| ()))).collect();
            let most = gate.crowd(2, PATIENCE / 3);
            gate.open();
            (most, block_on(join_all(jobs)).iter().filter(|result| result.is_ok()).count())
        });
        check(most == 2 && after == 2, format!("{stage:?}: then 2 jobs run at once"), format!("{most} did"))
            .or_explain(FEWER, FUTURE);
    }
}

// Bounds and answers.

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

// Cancel what waits.

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

// The end of threads.

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

/// A thread that is woken and finds nothing waits on: its job was cancelled, and its time is not over.
#[test]
fn thread_that_finds_nothing_waits_on() {
    for stage in STAGES {
        let (first, last) = seen(stage, "a thread is lost", END, move || {
            let (pool, began) = (stage.pool(1, 1), Instant::now());
            let first = block_on(pool.run(thread_id));
            // On a busy machine each of these waits for all that others have to do.
            for _ in (0..500).take_while(|_| began.elapsed() < PATIENCE / 3) {
                drop(pool.run(|| ()));
                thread::yield_now();
            }
            (first, block_on(pool.run(thread_id)))
        });
        check(first == last, format!("{stage:?}: the same thread, after many cancelled jobs"), "another one")
            .or_explain("the wait for a job is not in a loop: it ends although no job is there", END);
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
                gate.crowd(2, PATIENCE / 3);
                let (ending, opener) = (pool.clone(), gate.clone());
                let opener = thread::spawn(move || {
                    while !matches!(
                        poll(&mut ending.run(|| ()), Waker::noop()),
                        Poll::Ready(Err(Refused::Closed))
                    ) {
                        thread::yield_now();
                    }
                    opener.open();
                });
                let told = pool.shutdown(Queued::Finish, PATIENCE);
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
    for (stage, queued) in
        STAGES.into_iter().flat_map(|stage| [(stage, Queued::Abandon), (stage, Queued::Finish)])
    {
        let (told, waited, ran, again) =
            seen(stage, "the shutdown waits for longer than its limit", END, move || {
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
        check(
            waited == [Err(Refused::Abandoned); 3],
            format!("{stage:?}, {queued:?}: `Abandoned`, 3 times"),
            format!("{waited:?}"),
        )
        .or_explain("a closure that is dropped must tell its future", END);
        check(
            ran == Ok(7),
            format!("{stage:?}, {queued:?}: the result of the job that ran"),
            format!("{ran:?}"),
        )
        .or_explain("the shutdown takes the result of a job that it abandons", END);
        let expected = Shutdown { finished: 0, abandoned: 0, running: 1 };
        check(again == expected, format!("{stage:?}: {expected}, at the second shutdown"), again.to_string())
            .or_explain("the second shutdown counts what the first one did", END);
    }
}

/// One that waits is told before the limit is over: it need not wait for what runs.
#[test]
fn abandoned_jobs_hear_of_it_at_once() {
    for stage in STAGES {
        let (heard, told) = seen(stage, "the shutdown never ends", END, move || {
            let (pool, gate) = (stage.pool(1, 8), Gate::new());
            let first = pool.run_until_begun(&gate, || ());
            let job = pool.run(|| ());
            let ending = pool.clone();
            let ending = thread::spawn(move || ending.shutdown(Queued::Abandon, PATIENCE));
            let heard = block_on(job);
            gate.open();
            let _ = block_on(first);
            (heard, ending.join().expect("a shutdown"))
        });
        check(heard == Err(Refused::Abandoned), format!("{stage:?}: `Abandoned`"), format!("{heard:?}"))
            .or_explain("a closure that is dropped must tell its future", END);
        let expected = Shutdown { finished: 1, abandoned: 1, running: 0 };
        check(told == expected, format!("{stage:?}: {expected}"), told.to_string())
            .or_explain("what was abandoned at the beginning is not counted at the end", END);
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
        check(
            heard == [Err(Refused::Abandoned); 3],
            format!("{stage:?}: `Abandoned`, 3 times"),
            format!("{heard:?}"),
        )
        .or_explain("the panic of a closure's drop ends the shutdown", END);
    }
}

/// After a shutdown jobs are refused.
#[test]
fn jobs_after_shutdown_are_refused() {
    for stage in STAGES {
        let (told, answer) = seen(stage, "a job after the shutdown is never answered", END, move || {
            let pool = stage.pool(1, 8);
            (pool.shutdown(Queued::Finish, PATIENCE), block_on(pool.run(|| ())))
        });
        check(told == Shutdown::default(), format!("{stage:?}: {}", Shutdown::default()), told.to_string())
            .or_explain("`finished` counts something else", END);
        check(answer == Err(Refused::Closed), format!("{stage:?}: `Closed`"), format!("{answer:?}"))
            .or_explain("`run_in_executor` does not look whether the pool is shut down", END);
    }
}

/// A pool that is dropped runs what waits in it, and then its threads end.
#[test]
fn dropped_pool_finishes_and_ends() {
    for stage in STAGES {
        let results =
            seen(stage, "threads of a dropped pool wait for ever, or end too early", END, move || {
                let (pool, gate) = (stage.pool(2, 8), Gate::new());
                let (lives, _) = live(&pool, 2);
                let jobs: Vec<_> = (0..6).map(|_| pool.run(gate.job(|| ()))).collect();
                gate.crowd(2, PATIENCE / 3);
                drop(pool);
                gate.open();
                let results = block_on(join_all(jobs));
                lives.none();
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
    client.exits().or_explain("the end waits for the job: give `shutdown` its limit", END);
    client
        .shows("the pool for sleep: 0 finished, 0 abandoned, 2 still running")
        .or_explain("`running` is not counted, or dropped futures leave their jobs in the queue", END);
}

/// The two stages of the lesson.
const STAGES: [Stage; 2] = [Stage::Plain, Stage::Fast];

#[derive(Clone, Copy, Debug)]
enum Stage {
    Plain,
    Fast,
}

#[derive(Clone)]
enum Pool {
    Plain(Arc<ThreadPool>),
    Fast(Arc<fast::ThreadPool>),
}

/// A job's future, of either stage.
type Running<T> = Pin<Box<dyn Future<Output = Result<T, Refused>> + Send>>;

/// Threads that stay.
fn settings(threads: usize, queue: usize) -> Settings {
    Settings { threads, queue, keep_alive: 100 * PATIENCE, ..Settings::default() }
}

impl Stage {
    fn pool(self, threads: usize, queue: usize) -> Pool {
        self.pool_with(settings(threads, queue))
    }

    fn pool_with(self, settings: Settings) -> Pool {
        match self {
            Stage::Plain => Pool::Plain(Arc::new(ThreadPool::new(settings))),
            Stage::Fast => Pool::Fast(Arc::new(fast::ThreadPool::new(settings))),
        }
    }

    /// Hands a job to the default pool.
    fn run_in_default<T: Send + 'static>(self, job: impl FnOnce() -> T + Send + 'static) -> Running<T> {
        match self {
            Stage::Plain => Box::pin(run_in_executor(None, job)),
            Stage::Fast => Box::pin(fast::run_in_executor(None, job)),
        }
    }
}

impl Pool {
    fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Running<T> {
        match self {
            Pool::Plain(pool) => Box::pin(run_in_executor(Some(pool), job)),
            Pool::Fast(pool) => Box::pin(fast::run_in_executor(Some(pool), job)),
        }
    }

    /// Hands in a job that waits at a fresh gate, and waits until it does.
    fn run_until_begun<T: Send + 'static>(
        &self,
        gate: &Gate,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Running<T> {
        let job = self.run(gate.job(job));
        gate.crowd(1, PATIENCE);
        job
    }

    fn shutdown(&self, queued: Queued, limit: Duration) -> Shutdown {
        match self {
            Pool::Plain(pool) => pool.shutdown(queued, limit),
            Pool::Fast(pool) => pool.shutdown(queued, limit),
        }
    }
}

/// Runs a check's work, bounded.
#[track_caller]
fn seen<T: Send + 'static>(
    stage: Stage,
    likely: &str,
    read: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    within(PATIENCE, &format!("{stage:?}: the check is done with its jobs"), work).or_explain(likely, read)
}

/// Where jobs are counted, and wait until they are let go.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<Inside>, Condvar)>);

#[derive(Default)]
struct Inside {
    /// How many jobs are inside now.
    now: usize,
    /// How many there were at once at most.
    most: usize,
    /// Whether they may go.
    open: bool,
}

impl Gate {
    fn new() -> Gate {
        Gate::default()
    }

    /// A job that waits at the gate before it does its work.
    fn job<T, F: FnOnce() -> T>(&self, work: F) -> impl FnOnce() -> T + use<T, F> {
        let gate = self.clone();
        move || {
            gate.pass();
            work()
        }
    }

    fn pass(&self) {
        let (inside, changed) = &*self.0;
        let mut inside = inside.lock().unwrap();
        inside.now += 1;
        inside.most = inside.most.max(inside.now);
        changed.notify_all();
        inside = changed.wait_while(inside, |inside| !inside.open).unwrap();
        inside.now -= 1;
    }

    /// Lets all jobs go, those to come too.
    fn open(&self) {
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Waits until `count` jobs were inside at once, and says how many there were at most.
    fn crowd(&self, count: usize, limit: Duration) -> usize {
        let inside = self.0.0.lock().unwrap();
        self.0.1.wait_timeout_while(inside, limit, |inside| inside.most < count).unwrap().0.most
    }
}

/// How many of the threads that jobs ran on are alive; each lingers at its end, until somebody looks.
#[derive(Clone, Default)]
struct Lives(Arc<(Mutex<usize>, Condvar)>, Arc<AtomicBool>);

impl Lives {
    fn count(&self) -> usize {
        self.1.store(true, SeqCst);
        *self.0.0.lock().unwrap()
    }

    /// Waits until none is.
    fn none(&self) {
        self.1.store(true, SeqCst);
        let count = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(count, |count| *count > 0).unwrap());
    }
}

/// Is dropped by its thread at the thread's end.
struct Life(Lives);

impl Drop for Life {
    fn drop(&mut self) {
        let lingers = Instant::now();
        while !self.0.1.load(SeqCst) && lingers.elapsed() < QUIET {
            thread::yield_now();
        }
        *self.0.0.0.lock().unwrap() -= 1;
        self.0.0.1.notify_all();
    }
}

/// Makes as many threads of the pool busy at once, and says which they are.
fn live(pool: &Pool, threads: usize) -> (Lives, Vec<ThreadId>) {
    thread_local!(static LIFE: RefCell<Vec<Life>> = const { RefCell::new(Vec::new()) });
    let (lives, gate) = (Lives::default(), Gate::new());
    let counted = lives.clone();
    let count = move || {
        let life = counted.clone();
        *life.0.0.lock().unwrap() += 1;
        LIFE.with_borrow_mut(|lives| lives.push(Life(life)));
        thread_id()
    };
    let jobs: Vec<_> = (0..threads).map(|_| pool.run(gate.job(count.clone()))).collect();
    gate.crowd(threads, PATIENCE);
    gate.open();
    let ids = block_on(join_all(jobs)).into_iter().map(|id| id.expect("an id")).collect();
    (lives, ids)
}

/// Each job awaits the next one, from its thread; says how many ran.
fn chain(pool: &Pool, jobs: usize) -> Result<usize, Refused> {
    if jobs == 0 {
        return Ok(0);
    }
    let inner = pool.clone();
    Ok(1 + block_on(pool.run(move || chain(&inner, jobs - 1)))??)
}

/// Whether the system shows a second thread of that name soon; it may be one that no job has run on yet.
fn a_second_shows(name: &str) -> bool {
    let began = Instant::now();
    while began.elapsed() < QUIET {
        let names = thread_names(std::process::id()).unwrap_or_default();
        if names.iter().filter(|thread| thread.starts_with(name)).count() > 1 {
            return true;
        }
        thread::yield_now();
    }
    false
}

fn thread_name() -> String {
    thread::current().name().unwrap_or("without a name").to_owned()
}

fn thread_id() -> ThreadId {
    thread::current().id()
}

/// Polls on this thread, which parks in between: no runtime at all.
fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, waker) = (pin!(future), Waker::from(Arc::new(Unpark(thread::current()))));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// One poll, with a waker of the check's own.
fn poll<T>(job: &mut Running<T>, waker: &Waker) -> Poll<Result<T, Refused>> {
    job.as_mut().poll(&mut Context::from_waker(waker))
}

/// A job that ends at the moment when it is polled.
struct Meeting {
    here: Arc<AtomicBool>,
    go: Arc<AtomicBool>,
    job: Running<()>,
}

impl Meeting {
    fn on(pool: &Pool) -> Meeting {
        let (here, go) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (is_here, may_go) = (here.clone(), go.clone());
        let job = pool.run(move || {
            is_here.store(true, SeqCst);
            until(|| may_go.load(SeqCst));
        });
        Meeting { here, go, job }
    }

    /// Lets the job go, polls it a little later, and says whether nobody was woken for its result.
    fn is_missed(&mut self, delay: usize) -> bool {
        let woken = Arc::new(Count::default());
        until(|| self.here.load(SeqCst));
        self.go.store(true, SeqCst);
        (0..delay).for_each(|_| std::hint::spin_loop());
        poll(&mut self.job, &woken.clone().into()).is_pending() && !until(|| woken.0.load(SeqCst) > 0)
    }
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Polls its job and hands in another one when it is woken; tells the result, and whether the other was refused.
struct Eager {
    pool: Pool,
    job: Mutex<Option<Running<u8>>>,
    told: mpsc::Sender<(Option<u8>, bool)>,
}

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let job = self.job.lock().unwrap().take();
        let polled = job.map(|mut job| poll(&mut job, Waker::noop()));
        let result =
            polled.and_then(|polled| if let Poll::Ready(Ok(result)) = polled { Some(result) } else { None });
        let refused = poll(&mut self.pool.run(|| ()), Waker::noop()).is_ready();
        let _ = self.told.send((result, refused));
    }
}

/// Lets a job go when it is dropped, and is not gone before the pool's one thread has begun the next one.
struct Lingering {
    gate: Gate,
    begins: Mutex<mpsc::Receiver<()>>,
    told: mpsc::Sender<bool>,
}

impl Wake for Lingering {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Lingering {
    fn drop(&mut self) {
        self.gate.open();
        let goes_on = self.begins.get_mut().unwrap().recv_timeout(PATIENCE / 3).is_ok();
        let _ = self.told.send(goes_on);
    }
}

/// Panics when it is woken.
struct Careless;

impl Wake for Careless {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("as it should"));
    }
}

/// Panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        if !thread::panicking() {
            resume_unwind(Box::new("as it should"));
        }
    }
}

/// Looks again and again, lets others run in between, and says whether it holds in time.
fn until(mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    for looks in 1_u32.. {
        if holds() {
            return true;
        }
        if looks % 256 != 0 {
            std::hint::spin_loop();
        } else if began.elapsed() > PATIENCE / 3 {
            break;
        } else {
            thread::yield_now();
        }
    }
    false
}
