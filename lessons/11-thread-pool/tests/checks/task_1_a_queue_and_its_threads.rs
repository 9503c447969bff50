//! Task 1, a queue and its threads: jobs run on threads of the pool, in order and once each, and the room goes on.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Ended, Explain, ScriptedRoom, check, patience, program, thread_names};
use futures_util::future::join_all;
use thread_pool::{Refused, Settings};

use super::common::{
    BOUNDS, END, Gate, IDEA, NO_JOIN, QUIET, STAGES, STAYS, THREADS, block_on, seen, settings, thread_id,
};

const INLINE: &str = "the job runs inside of `run_in_executor`, on the thread of whoever calls it";

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
    let ended = client.exits().or_explain(STAYS, END);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// Jobs run on threads that have the pool's name and a number; handing one in does not wait for it.
#[test]
fn job_runs_on_a_named_thread() {
    for stage in STAGES {
        let (mut names, most): (Vec<String>, _) =
            seen(stage, "a job keeps its caller, or its result is not heard", THREADS, move || {
                let (pool, gate) = (stage.pool(3, 0), Gate::new());
                let jobs: Vec<_> = (0..3).map(|_| pool.run(gate.job(thread_name))).collect();
                let most = gate.crowd(3, patience() / 3);
                gate.open();
                let names = block_on(join_all(jobs)).into_iter();
                (names.map(|name| name.unwrap_or_else(|why| why.to_string())).collect(), most)
            });
        names.sort();
        let expected = ["pool 1", "pool 2", "pool 3"];
        let likely = if names.contains(&Refused::Full.to_string()) {
            "a job is refused although a thread may start for it"
        } else if most < 3 {
            "one thread has two jobs: another one starts when as many jobs wait as threads are free"
        } else {
            "threads get `Settings::name` and a number, through `thread::Builder`"
        };
        check(names == expected, format!("{stage:?}: threads named `pool 1` to `pool 3`"), names.join(", "))
            .or_explain(likely, THREADS);
    }
}

/// A thread is started when a job finds none free, and up to the bound: as many run at once, and never more.
#[test]
fn threads_start_on_demand_up_to_the_bound() {
    for stage in STAGES {
        let (threads, most) = seen(stage, "jobs do not run at once, or are lost", THREADS, move || {
            let (name, gate) = (["lone", "alone"][stage as usize], Gate::new());
            let one_by_one = stage.pool_with(Settings { name, ..settings(40, 0) });
            for _ in 0..400 {
                let _ = block_on(one_by_one.run(|| ()));
            }
            let jobs_on = (0..40).map(|_| block_on(one_by_one.run(thread_id)).ok());
            let threads = jobs_on.collect::<HashSet<_>>().len().max(shown(name));
            let pool = stage.pool(3, 7);
            let jobs: Vec<_> = (0..10).map(|_| pool.run(gate.job(|| ()))).collect();
            gate.crowd(3, patience() / 3);
            let most = gate.crowd(4, QUIET);
            gate.open();
            block_on(join_all(jobs));
            (threads, most)
        });
        // One that still wakes its caller is not free, so that a second may start now and then.
        let few = format!("{stage:?}: a few threads for 440 jobs that come one by one");
        check(threads < 20, few, format!("{threads} of 40"))
            .or_explain("a job starts a thread although one is free", THREADS);
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
        let likely = match order.len() {
            50 => "the queue gives back the wrong end",
            _ => "a job is refused, although there is a place for it, or lost",
        };
        check(order.iter().copied().eq(0..50), format!("{stage:?}: 50 jobs in order"), format!("{order:?}"))
            .or_explain(likely, THREADS);
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
        let likely = match ran {
            0..4000 => "a job that was taken is refused later, or dropped",
            4000 => "results change hands",
            _ => "a job is taken twice",
        };
        check(ran == 4000 && own, format!("{stage:?}: 4000 jobs run once each"), format!("{ran} ran"))
            .or_explain(likely, THREADS);
    }
}

/// A thread that is woken and finds nothing waits on: its job was cancelled, and its time is not over.
#[test]
fn thread_that_finds_nothing_waits_on() {
    for stage in STAGES {
        let (first, last) = seen(stage, "a thread is lost", THREADS, move || {
            let (pool, began) = (stage.pool(1, 1), Instant::now());
            let first = block_on(pool.run(thread::current)).expect("a thread");
            // On a busy machine each of these waits for all that others have to do.
            for _ in (0..500).take_while(|_| began.elapsed() < patience() / 3) {
                drop(pool.run(|| ()));
                first.unpark();
                thread::yield_now();
            }
            (Ok(first.id()), block_on(pool.run(thread_id)))
        });
        check(first == last, format!("{stage:?}: the same thread, after wakes for nothing"), "another one")
            .or_explain("the wait for a job is not in a loop: it ends although no job is there", THREADS);
    }
}

/// The time without a job begins when a job has ended: a thread that was busy for longer than that stays.
#[test]
fn busy_thread_stays() {
    let (keep_alive, busy, idle) =
        (Duration::from_millis(400), Duration::from_millis(450), Duration::from_millis(20));
    for stage in STAGES {
        let stayed = seen(stage, "a job is lost", THREADS, move || {
            // A busy machine may let a thread wait for too long once, and not each time.
            (0..3).any(|_| {
                let pool = stage.pool_with(Settings { keep_alive, ..settings(1, 1) });
                let first = block_on(pool.run(move || (thread::sleep(busy), thread_id()).1));
                thread::sleep(idle);
                first == block_on(pool.run(thread_id))
            })
        });
        check(
            stayed,
            format!("{stage:?}: the same thread after a job of 450 ms and 20 ms without one, of 400 ms"),
            "another one, three times",
        )
        .or_explain("the time of a thread is counted from its start or from that of a job, and not from the end of its last job", THREADS);
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
            gate.crowd(threads, patience() / 3);
            let most = gate.crowd(threads + 1, QUIET);
            gate.open();
            block_on(join_all(jobs));
            (most, block_on(stage.run_in_default(thread_name)))
        });
        let likely = match most {
            1 => "the one pool starts no second thread while as many jobs wait as threads are free",
            _ => "`None` makes a new pool for each call, or one of another width",
        };
        check(most == threads, format!("{stage:?}: {threads} jobs at once"), format!("{most} at once"))
            .or_explain(likely, BOUNDS);
        let named = name.as_ref().is_ok_and(|name| name.starts_with("pool "));
        check(named, format!("{stage:?}: threads named `pool N`"), format!("{name:?}"))
            .or_explain("the default pool has other settings than `Settings::default()`", BOUNDS);
    }
}

/// How many threads of that name the system shows; no job may have run on some.
fn shown(name: &str) -> usize {
    let names = thread_names(std::process::id()).unwrap_or_default();
    names.iter().filter(|thread| thread.starts_with(name)).count()
}

fn thread_name() -> String {
    thread::current().name().unwrap_or("without a name").to_owned()
}
