//! Task 2, a queue of those who were woken: tasks run beside their spawner, each when it was woken, in order.

use std::{
    future::poll_fn,
    panic::catch_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use checks::{Client, Explain, ScriptedRoom, check, program};
use futures_util::future::join_all;
use practice::Failure;

use super::common::{
    AT_ONCE, CLIENT, ENDS_EARLY, Flag, HANDLES, HELD_UP, NOT_JOINED, NOT_WOKEN, STOPS, TASK_2, bounded,
    counted, detach, each_stage, restless, some_turns, tells_twice, times,
};

const BORROWED: &str = "the tasks are borrowed while one of them is polled, and `spawn` needs them";

/// A spawned task can wait for what its spawner does afterwards.
#[test]
fn task_runs_beside_its_spawner() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task hears what its spawner does after `spawn`", || {
            block_on(async {
                let (first, second) = (Flag::default(), Flag::default());
                let (hears, answers) = (first.clone(), second.clone());
                let _task = spawn(async move {
                    hears.raised().await;
                    answers.raise();
                });
                first.raise();
                second.raised().await;
            });
        });
        seen.or_explain(AT_ONCE, TASK_2);
    });
}

/// A task begins in the next turn: not inside of `spawn`, and before `main` when that waits for a turn behind it.
#[test]
fn task_begins_in_the_next_turn() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "`main` spawns three tasks, and lets them have their turn", || {
            let told = Arc::<Mutex<Vec<u8>>>::default();
            block_on(async move {
                let tells = |told: Arc<Mutex<Vec<_>>>, number| async move { told.lock().unwrap().push(number) };
                let _tasks = [1, 2, 3].map(|number| spawn(tells(told.clone(), number)));
                let early = told.lock().unwrap().len();
                (early, yield_now().await, told.lock().unwrap().clone())
            })
        });
        let (early, (), told) = seen.or_explain(STOPS, TASK_2);
        check(early == 0, format!("{STAGE}: a task begins when its spawner waits"), "it began inside of `spawn`")
            .or_explain("`spawn` polls the task: hand it to the loop, and wake it", TASK_2);
        check(!told.is_empty(), format!("{STAGE}: it is polled before `main`, which was woken later"), "`main` came first")
            .or_explain("`main` is polled before those who were woken earlier: it is a number of the queue, too, and the queue is no stack", TASK_2);
        check(told == [1, 2, 3], format!("{STAGE}: tasks begin as they were spawned: 1, 2, 3"), format!("{told:?}"))
            .or_explain("a new task is put before those who were woken earlier, or waits for another turn", TASK_2);
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

/// `main` is polled when it is woken, whatever other tasks and timers do.
#[test]
fn main_is_polled_when_it_is_woken() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "`main` waits for a task that is woken a hundred times", || {
            let polls = Arc::new(AtomicUsize::new(0));
            let count = polls.clone();
            block_on(counted(count, async {
                let (first, last) = (Flag::default(), Flag::default());
                let (waits, ends) = (first.clone(), last.clone());
                let _task = spawn(async move {
                    some_turns().await;
                    thread::spawn(move || first.raise());
                    waits.raised().await;
                    some_turns().await;
                    ends.raise();
                });
                last.raised().await;
            }));
            polls.load(SeqCst)
        });
        let polls = seen.or_explain(NOT_WOKEN, TASK_2);
        check(polls == 2, format!("{STAGE}: 2 polls of `main`, which was woken once"), times(polls))
            .or_explain("each turn polls `main`, also when somebody else was woken", TASK_2);
    });
}

/// Many wakes before a poll are worth one poll, whoever calls them, on whichever thread, by whichever waker of the task.
#[test]
fn woken_often_is_polled_once() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task is woken twelve times before its third poll", || {
            let (polls, wakers) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::<Waker>::new())));
            let (count, kept) = (polls.clone(), wakers.clone());
            block_on(async move {
                let _task = spawn(counted(count, poll_fn(move |context| {
                    kept.lock().unwrap().push(context.waker().clone());
                    Poll::<()>::Pending
                })));
                some_turns().await;
                let first = wakers.lock().unwrap().clone();
                first.iter().for_each(Waker::wake_by_ref);
                some_turns().await;
                let both = [wakers.lock().unwrap().clone(), first].concat();
                both.iter().chain(&both).for_each(Waker::wake_by_ref);
                let elsewhere = thread::spawn(move || both.iter().chain(&both).for_each(Waker::wake_by_ref));
                // No channel and no flag: while they wait, the loop would take its turn.
                elsewhere.join().expect("wakes");
                some_turns().await;
            });
            polls.load(SeqCst)
        });
        let polls = seen.or_explain("a wake does not return while the loop polls, or the loop does not come to its next turn", TASK_2);
        check(polls == 3, format!("{STAGE}: 3 polls: the first, one for one wake, and one for twelve"), times(polls))
            .or_explain("each wake is an entry of the queue, or each waker of a task has a flag of its own", TASK_2);
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
                let end = Flag::default();
                detach(spawn(restless(end.clone())));
                let modest = spawn(async {
                    for _ in 0..100 {
                        yield_now().await;
                    }
                });
                for _ in 0..100 {
                    yield_now().await;
                }
                let modest = modest.await;
                end.raise();
                modest
            })
        });
        let ended = seen.or_explain("whoever wakes itself is polled again before the others have their turn", TASK_2);
        check(ended == Ok(()), format!("{STAGE}: the modest task ends"), format!("{ended:?}"))
            .or_explain("the outcome of a task is lost", HANDLES);
    });
}

/// Tasks run in the order in which they were woken, and not in that of their numbers; none runs again before all have run.
#[test]
fn woken_tasks_run_in_order() {
    const TASKS: usize = 1000;
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "1000 tasks that wait are woken in another order", || {
            block_on(async {
                let told = Arc::new(Mutex::new(Vec::new()));
                let flags: Vec<Flag> = (0..TASKS).map(|_| Flag::default()).collect();
                let told_by = |(number, flag): (usize, &Flag)| spawn(tells_twice(told.clone(), number, flag.clone()));
                let tasks: Vec<_> = flags.iter().enumerate().map(told_by).collect();
                some_turns().await;
                (0..TASKS).for_each(|number| flags[number * 7 % TASKS].raise());
                join_all(tasks).await;
                told.lock().unwrap().clone()
            })
        });
        let told = seen.or_explain(STOPS, TASK_2);
        let order: Vec<usize> = told.iter().filter(|(time, _)| *time == 1).map(|(_, number)| *number).collect();
        let is_right = (0..TASKS).map(|number| number * 7 % TASKS).eq(order.iter().copied());
        let instead = format!("{:?} and so on", order.iter().take(10).collect::<Vec<_>>());
        check(is_right, format!("{STAGE}: polled as they were woken: 0, 7, 14 and so on"), instead)
            .or_explain("the queue is a stack, or is sorted by something else than the order of the wakes", TASK_2);
        let first = told.iter().take_while(|(time, _)| *time == 1).count();
        check(first == TASKS, format!("{STAGE}: 1000 tasks run before one runs again"), format!("one did after {first}"))
            .or_explain("a turn takes a part of the queue, and the rest waits behind those who are woken meanwhile", TASK_2);
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
        let right = seen.or_explain("each turn, or each end of a task, looks at all tasks; or the queue moves for each of them", TASK_2);
        check(right == 100_000, format!("{STAGE}: 100000 answers, each its task's own"), format!("{right} were"))
            .or_explain("a task is lost, or its answer changes hands", HANDLES);
    });
}

/// A waker is kept when its task is done: it wakes nobody, from any thread, and the loop goes on.
#[test]
fn wake_after_completion_is_harmless() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "the loop runs on after a task that is done is woken", || {
            let (polls, held) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
            let (count, holds) = (polls.clone(), held.clone());
            let is_dropped = block_on(async move {
                let (sender, waker) = mpsc::channel();
                let task = poll_fn(move |context| {
                    let _holds = &holds;
                    Poll::Ready(sender.send(context.waker().clone()).is_ok())
                });
                let _ = spawn(counted(count, task)).await;
                some_turns().await;
                let is_dropped = Arc::strong_count(&held) == 1;
                let waker = waker.recv().expect("a waker");
                waker.wake_by_ref();
                some_turns().await;
                let elsewhere = waker.clone();
                thread::spawn(move || elsewhere.wake()).join().expect("a late wake");
                some_turns().await;
                waker.wake();
                let _ = spawn(async { 7 }).await;
                is_dropped
            });
            (polls.load(SeqCst), is_dropped)
        });
        let (polls, is_dropped) = seen.or_explain("a late wake panics, or holds up the queue", TASK_2);
        check(polls == 1, format!("{STAGE}: a task that is done is not polled again"), times(polls))
            .or_explain("the loop keeps the future of a task that is done, and polls it", TASK_2);
        check(is_dropped, format!("{STAGE}: a task that is done is dropped, though somebody keeps its waker"), "the loop runs on, and somebody still holds it")
            .or_explain("the waker owns the future, or the loop keeps it to its own end", TASK_2);
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

/// A strict room keeps the client: its pongs go out while a task sleeps.
#[test]
fn pongs_go_out_while_a_task_sleeps() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/sleep 3600");
    client.type_line("still here");
    room.hears("still here").or_explain(HELD_UP, TASK_2);
    room.pongs(6).or_explain(HELD_UP, TASK_2);
}

/// At the end of input commands have a moment; those that run on are counted, and given up.
#[test]
fn end_of_input_counts_the_abandoned() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("10"), &room);
    client.type_raw("/sleep 3600\n/sleep 0.1\n");
    client.end_input();
    client.shows("== /sleep 0.1: awake again").or_explain(ENDS_EARLY, TASK_2);
    client.shows("abandoned: 1 of your commands").or_explain(HELD_UP, TASK_2);
    client.exits().or_explain("`block_on` does not return when `main` is done", TASK_2);
}
