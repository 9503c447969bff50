//! Task 2, the job's future: it gives the result or the panic, wakes whoever polled last, and needs no runtime.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::Instant,
};

use checks::{Client, Explain, ScriptedRoom, check, patience, program};
use futures_util::future::join_all;

use super::{
    common::{BOUNDS, Fragile, Gate, IDEA, NO_JOIN, Pool, Running, STAGES, block_on, poll, seen},
    wakers::{Careless, Count, Eager, Lingering},
};

const FUTURE: &str = "11-thread-pool.md#task-2-the-jobs-future";
const OTHER: &str = "another panic";
const FEWER: &str = "a job that panicked has taken its thread along, or left it counted as busy; or a free thread is not woken";
const LATER: &str = "a panic in a wake, or in a result's drop, has taken its thread along, or left it counted as busy; or a free thread is not woken";

/// Each command gives its own answer, and the panic of a job is one, too.
#[test]
fn commands_run_on_the_pools() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("11"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    let (heard, raised) =
        ("nobody is woken for a result", "a panic is not raised again where the job is awaited");
    for (line, answer, likely) in [
        ("/digest Cargo.toml", "== /digest Cargo.toml: ", heard),
        ("/sleep -1", "!! /sleep -1: the job panicked: cannot convert float seconds", raised),
        ("/sleep 0", "== /sleep 0: awake again", heard),
        ("/dance", "!! /dance: the commands are", heard),
    ] {
        client.type_line(line);
        client.shows(answer).or_explain(likely, FUTURE);
    }
}

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
            while !lost && began.elapsed() < patience() / 4 {
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

/// Whoever is woken may poll, and may hand in the next job: no lock is held, and the job counts as ended.
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
            let (result, next) = hears.recv().expect("a waker that was called");
            (pending, result, next.map(block_on))
        });
        let (pending, result, next) = told;
        check(
            pending && result == Some(7),
            format!("{stage:?}: the waker polls a result"),
            format!("{result:?}"),
        )
        .or_explain("somebody is woken before the outcome is there", FUTURE);
        check(
            next == Some(Ok(())),
            format!("{stage:?}: whoever is woken hands in the next job"),
            format!("{next:?}"),
        )
        .or_explain("a job counts as running when its caller hears of the result: count first", BOUNDS);
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
                match catch_unwind(AssertUnwindSafe(|| block_on(job))) {
                    Ok(gave) => format!("{gave:?}"),
                    Err(payload) if payload.downcast_ref() == Some(&text) => text.to_owned(),
                    Err(_) => OTHER.to_owned(),
                }
            };
            let texts = ["a cup", "a jug", "a pot"].map(panics);
            let jobs: Vec<_> = (0..2).map(|_| pool.run(gate.job(|| ()))).collect();
            let most = gate.crowd(2, patience() / 3);
            gate.open();
            block_on(join_all(jobs));
            (texts, most)
        });
        let likely = if texts.contains(&OTHER.to_owned()) {
            "`resume_unwind` hands the payload on; a new panic hides it"
        } else {
            "the panic is not caught on the job's thread, or not raised again in the poll"
        };
        check(
            texts == ["a cup", "a jug", "a pot"],
            format!("{stage:?}: each await panics with its text"),
            texts.join(", "),
        )
        .or_explain(likely, FUTURE);
        check(most == 2, format!("{stage:?}: then 2 jobs run at once, on 2 threads"), format!("{most} did"))
            .or_explain(FEWER, FUTURE);
    }
}

/// What a result does when nobody awaits it, or a waker when it is called, costs no thread.
#[test]
fn panic_outside_of_the_job_costs_no_thread() {
    for stage in STAGES {
        let (most, after) = seen(stage, LATER, FUTURE, move || {
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
            let most = gate.crowd(2, patience() / 3);
            gate.open();
            (most, block_on(join_all(jobs)).iter().filter(|result| result.is_ok()).count())
        });
        check(most == 2 && after == 2, format!("{stage:?}: then 2 jobs run at once"), format!("{most} did"))
            .or_explain(LATER, FUTURE);
    }
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

/// Looks again and again, lets others run in between, and says whether it holds in time.
fn until(mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    for looks in 1_u32.. {
        if holds() {
            return true;
        }
        if looks % 256 != 0 {
            std::hint::spin_loop();
        } else if began.elapsed() > patience() / 3 {
            break;
        } else {
            thread::yield_now();
        }
    }
    false
}
