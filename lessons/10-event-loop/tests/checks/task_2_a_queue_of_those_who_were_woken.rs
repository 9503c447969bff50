//! Task 2, a queue of those who were woken: tasks run beside their spawner, each when it was woken, in order.

use std::{
    future::{Future, poll_fn},
    panic::catch_unwind,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::Poll,
    thread,
};

use checks::{Client, Explain, ScriptedRoom, check, program};
use practice::Failure;

use super::common::{
    AT_ONCE, CLIENT, Flag, HANDLES, NOT_JOINED, NOT_WOKEN, TASK_2, bounded, counted, detach, each_stage,
    restless, some_turns, times,
};

const STOPS: &str = "the loop's thread does not come back: it is in one task, or parked for ever";
const BORROWED: &str = "the tasks are borrowed while one of them is polled, and `spawn` needs them";

/// A spawned task can wait for what its spawner does afterwards.
#[test]
fn task_runs_beside_its_spawner() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task hears what its spawner does after `spawn`", || {
            block_on(async {
                let (first, second) = (Flag::default(), Flag::default());
                let (hears, answers) = (first.clone(), second.clone());
                detach(spawn(async move {
                    hears.raised().await;
                    answers.raise();
                }));
                first.raise();
                second.raised().await;
            });
        });
        seen.or_explain(AT_ONCE, TASK_2);
    });
}

/// A wake polls the task that it is for, and no other.
#[test]
fn only_the_woken_task_is_polled() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "one of 100 tasks is woken", || {
            let polls = Arc::new(AtomicUsize::new(0));
            let flags: Vec<Flag> = (0..100).map(|_| Flag::default()).collect();
            let count = polls.clone();
            block_on(async move {
                let handles: Vec<_> = flags.iter().map(|flag| spawn(counted(count.clone(), flag.clone().raised()))).collect();
                some_turns().await;
                flags[50].raise();
                let _ = handles.into_iter().nth(50).expect("a handle").await;
            });
            polls.load(SeqCst)
        });
        let polls = seen.or_explain(NOT_WOKEN, TASK_2);
        check(polls == 101, format!("{STAGE}: 101 polls of 100 tasks, one of which was woken"), times(polls))
            .or_explain("a wake polls every task, or wakes only the loop and not its task", TASK_2);
    });
}

/// A task can spawn another one and await it.
#[test]
fn task_spawns_a_task() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task awaits a task that it spawns", || {
            let answers = || block_on(async { spawn(async { spawn(async { 7 }).await }).await });
            catch_unwind(answers).map_err(|panic| Failure::panicked(&*panic).to_string())
        });
        let answer = seen.or_explain(BORROWED, TASK_2);
        check(answer == Ok(Ok(Ok(7))), format!("{STAGE}: 7 from a task of a task"), format!("{answer:?}"))
            .or_explain(BORROWED, TASK_2);
    });
}

/// A task that wakes itself for ever holds up neither another task nor `main`.
#[test]
fn self_waking_task_starves_nobody() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "`main` and a task run beside a task that wakes itself for ever", || {
            block_on(async {
                detach(spawn(restless()));
                let modest = spawn(async {
                    for _ in 0..100 {
                        yield_now().await;
                    }
                });
                for _ in 0..100 {
                    yield_now().await;
                }
                modest.await
            })
        });
        let ended = seen.or_explain("whoever wakes itself is polled again before the others have their turn", TASK_2);
        check(ended == Ok(()), format!("{STAGE}: the modest task ends"), format!("{ended:?}"))
            .or_explain("the outcome of a task is lost", HANDLES);
    });
}

/// Tasks that are woken in an order run in that order.
#[test]
fn woken_tasks_run_in_order() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "ten woken tasks run", || {
            let order = Arc::new(Mutex::new(Vec::new()));
            let told = order.clone();
            block_on(async move {
                let tasks = (0..10).map(|number| {
                    let order = order.clone();
                    spawn(async move { order.lock().unwrap().push(number) })
                });
                for task in tasks.collect::<Vec<_>>() {
                    let _ = task.await;
                }
            });
            Arc::into_inner(told).map(|order| order.into_inner().unwrap())
        });
        let order = seen.or_explain(STOPS, TASK_2);
        check(order == Some((0..10).collect()), format!("{STAGE}: first woken, first polled"), format!("{order:?}"))
            .or_explain("the queue is a stack: who comes last is served first", TASK_2);
    });
}

/// A hundred thousand tasks, which all wait at the same time, are all answered.
#[test]
fn hundred_thousand_tasks_complete() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "100000 tasks complete", || {
            block_on(async {
                let task = |number: usize| async move {
                    yield_now().await;
                    number
                };
                let tasks: Vec<_> = (0..100_000).map(|number| spawn(task(number))).collect();
                let mut right = 0;
                for (number, task) in tasks.into_iter().enumerate() {
                    right += usize::from(task.await == Ok(number));
                }
                right
            })
        });
        let right = seen.or_explain("each turn looks at all tasks, or the queue moves for each of them", TASK_2);
        check(right == 100_000, format!("{STAGE}: 100000 answers, each its task's own"), format!("{right} were"))
            .or_explain("a task is lost, or its answer changes hands", HANDLES);
    });
}

/// A waker is kept when its task is done: it wakes nobody, from any thread, and the loop goes on.
#[test]
fn wake_after_completion_is_harmless() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "the loop runs on after a task that is done is woken", || {
            let polls = Arc::new(AtomicUsize::new(0));
            let count = polls.clone();
            block_on(async move {
                let (sender, waker) = mpsc::channel();
                let task = poll_fn(move |context| Poll::Ready(sender.send(context.waker().clone()).is_ok()));
                let _ = spawn(counted(count, task)).await;
                let waker = waker.recv().expect("a waker");
                waker.wake_by_ref();
                some_turns().await;
                let elsewhere = waker.clone();
                thread::spawn(move || elsewhere.wake()).join().expect("a late wake");
                some_turns().await;
                waker.wake();
                let _ = spawn(async { 7 }).await;
            });
            polls.load(SeqCst)
        });
        let polls = seen.or_explain("a late wake panics, or holds up the queue", TASK_2);
        check(polls == 1, format!("{STAGE}: a task that is done is not polled again"), times(polls))
            .or_explain("the loop keeps the future of a task that is done", TASK_2);
    });
}

/// Where no loop runs, `spawn` says so; a loop inside of a loop is refused, and the outer one goes on.
#[test]
fn wrong_places_are_refused() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a call in the wrong place is refused", || {
            let text = |panics: fn()| catch_unwind(panics).map_err(|panic| Failure::panicked(&*panic).to_string());
            let outside = text(|| detach(spawn(async {})));
            let nested = block_on(async move { text(|| block_on(async {})) });
            (outside, nested)
        });
        let (outside, nested) = seen.or_explain(STOPS, TASK_2);
        for (what, refused) in [("`spawn` outside of a loop", outside), ("`block_on` inside of one", nested)] {
            let is_refused = refused.as_ref().is_err_and(|text| text.contains("block_on"));
            check(is_refused, format!("{STAGE}: {what} panics and names `block_on`"), format!("{refused:?}"))
                .or_explain("the thread-local loop is not asked", TASK_2);
        }
    });
}

/// A task whose handle is dropped runs on.
#[test]
fn dropped_handle_detaches_its_task() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task runs on after its handle was dropped", || {
            block_on(async {
                let (go, done) = (Flag::default(), Flag::default());
                let (waits, tells) = (go.clone(), done.clone());
                detach(spawn(async move {
                    waits.raised().await;
                    tells.raise();
                }));
                some_turns().await;
                go.raise();
                done.raised().await;
            });
        });
        seen.or_explain("dropping the handle drops the task", HANDLES);
    });
}

/// A handle that has moved to another task wakes that one, not the one that polled it first.
#[test]
fn handle_wakes_whoever_polled_it_last() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a handle that has moved wakes its new owner", || {
            block_on(async {
                let go = Flag::default();
                let mut handle = spawn(go.clone().raised());
                let early = poll_fn(|context| Poll::Ready(Pin::new(&mut handle).poll(context).is_ready())).await;
                let owner = spawn(handle);
                some_turns().await;
                go.raise();
                (early, owner.await)
            })
        });
        let seen = seen.or_explain("the handle keeps the waker of its first poll", HANDLES);
        check(seen == (false, Ok(Ok(()))), format!("{STAGE}: pending, then the answer"), format!("{seen:?}"))
            .or_explain(AT_ONCE, HANDLES);
    });
}

/// A strict room keeps the client: its pongs go out while a task sleeps.
#[test]
fn pongs_go_out_while_a_task_sleeps() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/sleep 3600");
    client.type_line("still here");
    room.hears("still here").or_explain(AT_ONCE, TASK_2);
    room.pongs(6).or_explain(AT_ONCE, TASK_2);
}

/// The last of the sleepers is the first to wake, and each is answered.
#[test]
fn sleepers_wake_in_order_of_time() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/sleep 2");
    client.type_line("/sleep 0.1");
    client.shows("== /sleep 0.1: awake again").or_explain(AT_ONCE, TASK_2);
    client.shows("== /sleep 2: awake again").or_explain(AT_ONCE, TASK_2);
}
