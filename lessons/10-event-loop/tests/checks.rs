//! What the event loop of lesson 10 must do, and the client on it; run them with `cargo course check 10`.
//!
//! The checks of the loop run on both stages: the plain one, then `fast`.

use std::{
    future::{Future, poll_fn},
    panic::catch_unwind,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, within};
use practice::{Failure, Leaving};

const TASK_1: &str = "10-event-loop.md#task-1-park-until-somebody-wakes-you";
const TASK_2: &str = "10-event-loop.md#task-2-a-queue-of-those-who-were-woken";
const HANDLES: &str = "10-event-loop.md#task-3-handles-that-tell-what-became-of-a-task";
const TASK_4: &str = "10-event-loop.md#task-4-timers";
const CLIENT: &str = "10-event-loop.md#the-idea";

const LOST: &str = "the wake was lost: it came before the thread parked, and nothing remembers it";
const NOT_WOKEN: &str = "the waker does not unpark the thread, or the loop parks although somebody was woken";
const STOPS: &str = "the loop's thread does not come back: it is in one task, or parked for ever";
const LOCKED: &str =
    "the queue is locked while the loop polls: take the numbers out first, and let the lock go";
const BORROWED: &str = "the tasks are borrowed while one of them is polled, and `spawn` needs them";
const AT_ONCE: &str = "`spawn` runs the task to its end before it returns";
const FROZEN: &str = "the loop's own thread waits: for stdin, for a task, or parked for ever";

/// Runs its block twice, with the names of the plain stage in scope, then with those of the fast one.
macro_rules! each_stage {
    ($name:ident => $block:block) => {{
        #[allow(unused_imports)]
        {
            const $name: &str = "plain";
            use event_loop::{JoinHandle, block_on, sleep, spawn, yield_now};
            $block
        }
        #[allow(unused_imports)]
        {
            const $name: &str = "fast";
            use event_loop::fast::{JoinHandle, block_on, sleep, spawn, yield_now};
            $block
        }
    }};
}

// Task 1: parking and waking.

/// A loop whose future waits polls it once, and again only when somebody has woken it.
#[test]
fn parked_loop_polls_nothing() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a future that another thread wakes is polled again", || {
            let (polls, woken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
            let (again, spins) = mpsc::channel();
            let count = polls.clone();
            let mut waker_thread = Some((woken.clone(), spins));
            block_on(poll_fn(move |context| {
                count.fetch_add(1, SeqCst);
                if let Some((woken, spins)) = waker_thread.take() {
                    let waker = context.waker().clone();
                    thread::spawn(move || {
                        // A loop that spins polls at once; one that parks has nothing to say.
                        let _ = spins.recv_timeout(QUIET);
                        woken.store(true, SeqCst);
                        waker.wake();
                    });
                    return Poll::Pending;
                }
                let _ = again.send(());
                if woken.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
            }));
            polls.load(SeqCst)
        });
        let polls = seen.or_explain(NOT_WOKEN, TASK_1);
        check(polls == 2, format!("{STAGE}: 2 polls, one at the start and one for the wake"), times(polls))
            .or_explain("the loop polls although nobody has woken it: it never parks", TASK_1);
    });
}

/// A wake that comes while the future is still polled counts, although nothing is parked yet.
#[test]
fn wake_between_poll_and_park_is_not_lost() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a future that is woken before it returns `Pending` is polled again", || {
            block_on(woken_first(|| {}))
        });
        let is_free = seen.or_explain(LOST, TASK_1);
        check(is_free, format!("{STAGE}: a wake returns while the loop polls"), "it waits for the end of the poll")
            .or_explain(LOCKED, TASK_2);
    });
}

/// The same when the future has used up the thread's token meanwhile, as each blocking call of a channel may.
#[test]
fn wake_survives_a_lost_token() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a wake counts, although the future has parked the thread meanwhile", || {
            block_on(woken_first(|| thread::park_timeout(Duration::from_millis(1))))
        });
        let is_free = seen.or_explain("the loop trusts the token of `unpark` alone, which others may take", TASK_1);
        check(is_free, format!("{STAGE}: a wake returns while the loop polls"), "it waits for the end of the poll")
            .or_explain(LOCKED, TASK_2);
    });
}

/// Two thousand wakes from another thread, each when the one before was heard.
#[test]
fn wakes_from_another_thread_arrive() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "2000 wakes from another thread arrive one by one", || {
            let baton = Arc::new(Mutex::new((0, None::<Waker>)));
            let other = baton.clone();
            thread::spawn(move || {
                for round in 1..=2000 {
                    let waker = until_some(|| other.lock().unwrap().1.take());
                    other.lock().unwrap().0 = round;
                    waker.wake();
                }
            });
            block_on(poll_fn(move |context| {
                let mut baton = baton.lock().unwrap();
                baton.1 = Some(context.waker().clone());
                if baton.0 == 2000 { Poll::Ready(()) } else { Poll::Pending }
            }));
        });
        seen.or_explain(NOT_WOKEN, TASK_1);
    });
}

// Task 2: the queue.

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

// Task 3: handles.

/// A panic reaches the handle with its text; other tasks and the loop go on.
#[test]
fn panic_reaches_its_handle() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a panic reaches its handle", || {
            let answers = || block_on(async {
                let panics = spawn(async {
                    yield_now().await;
                    if true { panic!("the cup broke") }
                });
                let other = spawn(async {
                    some_turns().await;
                    7
                });
                (panics.await, other.await)
            });
            catch_unwind(answers).map_err(|panic| Failure::panicked(&*panic).to_string())
        });
        let seen = seen.or_explain("nobody answers for a task that panicked", HANDLES);
        let expected = (Err(Failure::Panicked("the cup broke".into())), Ok(7));
        check(seen == Ok(expected), format!("{STAGE}: the panic as a value, and 7 from another task"), format!("{seen:?}"))
            .or_explain("nothing catches the panic where the task is polled, or its text is lost", HANDLES);
    });
}

/// When `main` is done, the other tasks are dropped where they await, though somebody keeps a waker.
#[test]
fn loop_that_ends_drops_its_tasks() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a loop that has ended lets go of its tasks", || {
            let (guard, kept) = (Arc::new(()), Arc::new(Mutex::new(None::<Waker>)));
            let (held, keeps) = (guard.clone(), kept.clone());
            let (handle,) = block_on(async move {
                let handle = spawn(async move {
                    let _held = held;
                    poll_fn(|context| {
                        *keeps.lock().unwrap() = Some(context.waker().clone());
                        Poll::<u8>::Pending
                    })
                    .await
                });
                some_turns().await;
                (handle,)
            });
            let waker = kept.lock().unwrap().take();
            let is_dropped = Arc::strong_count(&guard) == 1;
            waker.into_iter().for_each(Waker::wake);
            (is_dropped, block_on(handle))
        });
        let (is_dropped, lost) = seen.or_explain("the handle of a task that was dropped is never answered", HANDLES);
        check(is_dropped, format!("{STAGE}: what the task holds is dropped with the loop"), "somebody still holds it")
            .or_explain("the waker owns the future, or the queue does, and each owns the other", TASK_2);
        check(lost == Err(Failure::Lost), format!("{STAGE}: `Lost` from its handle"), format!("{lost:?}"))
            .or_explain("a task that is dropped gives no answer", HANDLES);
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

// Task 4: timers.

/// Timers fire in order of time, not of making, and none is early.
#[test]
fn timers_fire_in_order_and_not_early() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "four tasks sleep", || {
            block_on(async {
                loop {
                    let (order, began) = (Arc::new(Mutex::new(Vec::new())), Instant::now());
                    let tasks = [60, 20, 80, 40].map(|millis| {
                        let order = order.clone();
                        spawn(async move {
                            sleep(Duration::from_millis(millis)).await;
                            order.lock().unwrap().push((millis, began.elapsed().as_millis() as u64));
                        })
                    });
                    some_turns().await;
                    let all_sleep_by = began.elapsed();
                    for task in tasks {
                        let _ = task.await;
                    }
                    // On a machine that took longer, their order says nothing: once more.
                    if all_sleep_by < Duration::from_millis(20) {
                        break order.lock().unwrap().clone();
                    }
                }
            })
        });
        let slept: Vec<(u64, u64)> = seen.or_explain("a timer is not fired, or the loop parks past it", TASK_4);
        let early = slept.iter().find(|(millis, took)| took < millis);
        check(early.is_none(), format!("{STAGE}: each after its time"), format!("(asked, slept) were {early:?} ms"))
            .or_explain("a timer fires when the loop wakes, not when it is due", TASK_4);
        let order: Vec<u64> = slept.iter().map(|(millis, _)| *millis).collect();
        check(order == [20, 40, 60, 80], format!("{STAGE}: 20, 40, 60, 80 ms"), format!("{order:?}"))
            .or_explain("the timers are in the order in which they were made", TASK_4);
    });
}

/// A task that sleeps is polled when it begins and when its time has come.
#[test]
fn sleeping_task_is_not_polled() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task sleeps for 50 ms", || {
            let polls = Arc::new(AtomicUsize::new(0));
            let count = polls.clone();
            let _ = block_on(async move { spawn(counted(count, sleep(Duration::from_millis(50)))).await });
            polls.load(SeqCst)
        });
        let polls = seen.or_explain("a timer is not fired, or the loop parks past it", TASK_4);
        check(polls == 2, format!("{STAGE}: 2 polls, at the start and at the end"), times(polls))
            .or_explain("the sleep asks to be polled again at once, or the loop spins until it is due", TASK_4);
    });
}

/// A task that wakes itself for ever holds up no timer.
#[test]
fn busy_loop_fires_timers() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a sleep of 20 ms ends beside a task that wakes itself for ever", || {
            block_on(async {
                detach(spawn(restless()));
                sleep(Duration::from_millis(20)).await;
            });
        });
        seen.or_explain("the loop looks at its timers only when nothing is woken", TASK_4);
    });
}

/// A wake ends the park of a loop whose next timer is an hour away.
#[test]
fn wake_does_not_wait_for_a_timer() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a wake from another thread ends a park that was to last an hour", || {
            block_on(async {
                detach(spawn(sleep(Duration::from_secs(3600))));
                some_turns().await;
                let flag = Flag::default();
                let raises = flag.clone();
                thread::spawn(move || raises.raise());
                flag.raised().await;
            });
        });
        seen.or_explain(NOT_WOKEN, TASK_4);
    });
}

/// A sleep that has moved to another task wakes that one.
#[test]
fn sleep_wakes_whoever_polled_it_last() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a sleep that has moved wakes its new owner", || {
            block_on(async {
                let mut nap = Box::pin(sleep(Duration::from_millis(20)));
                let early = poll_fn(|context| Poll::Ready(nap.as_mut().poll(context).is_ready())).await;
                (early, spawn(nap).await)
            })
        });
        let seen = seen.or_explain("the timer keeps the waker of the first poll", TASK_4);
        check(seen == (false, Ok(())), format!("{STAGE}: pending, then the end"), format!("{seen:?}"))
            .or_explain("a sleep blocks the thread", TASK_4);
    });
}

/// Sleeps that are dropped long before their time do not pile up.
#[test]
fn dropped_sleeps_are_taken_back() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "100000 sleeps are begun and dropped", || {
            let holder = Arc::new(Holder);
            let waker = Waker::from(holder.clone());
            block_on(async move {
                for _ in 0..100_000 {
                    let hour = pin!(sleep(Duration::from_secs(3600)));
                    let _ = hour.poll(&mut Context::from_waker(&waker));
                }
                // While the loop runs: it may have a few left to clear away, and not a hundred thousand.
                let began = Instant::now();
                while Arc::strong_count(&holder) >= 10_000 && began.elapsed() < PATIENCE / 3 {
                    yield_now().await;
                }
                Arc::strong_count(&holder)
            })
        });
        let held = seen.or_explain("each sleep that is dropped costs a look at all", TASK_4);
        check(held < 10_000, format!("{STAGE}: the wakers of dropped sleeps are let go"), format!("{held} are kept"))
            .or_explain("a sleep that is dropped leaves its timer behind", TASK_4);
    });
}

// The client on the loop.

/// A message is shown although nobody has pressed Enter.
#[test]
fn message_shown_while_stdin_is_silent() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    room.pings(2).or_explain("the client leaves before anybody has typed", CLIENT);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(FROZEN, CLIENT);
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

/// A command that panics is an answer, and the client goes on.
#[test]
fn panicking_command_is_an_answer() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/sleep x");
    client
        .shows("!! /sleep x: the task panicked: how many seconds?")
        .or_explain("the panic ends the loop, or its text is lost", HANDLES);
    room.say("who dropped that?");
    client.shows("<< who dropped that?").or_explain("the panic ended the loop", HANDLES);
}

/// A client that waits uses no CPU time: its loop is parked.
#[test]
fn idle_client_is_parked() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("10"), &room);
    room.pongs(1).or_explain(FROZEN, CLIENT);
    let idles = client.idles(10);
    room.pongs(1).or_explain(FROZEN, CLIENT);
    idles.or_explain(
        "the loop does not park while somebody sleeps: the sleep wakes itself, or the park ends at once",
        TASK_4,
    );
}

/// A thousand piped lines arrive once each, in order, before the close frame.
#[test]
fn piped_lines_arrive_once_in_order() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("10"), &room);
    let lines: Vec<String> = (0..1000).map(|number| format!("line {number}")).collect();
    client.type_raw(&(lines.join("\n") + "\n"));
    client.end_input();
    for line in &lines {
        room.hears_next(line)
            .or_explain("the reading thread does not wake the loop, or a line is lost", CLIENT);
    }
    let ended = client.exits().or_explain("the end of input does not end the loop", CLIENT);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", CLIENT);
}

/// The end of input says goodbye with a close frame, and the report tells of no freeze.
#[test]
fn end_of_input_closes_the_connection() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.pongs(6).or_explain(FROZEN, CLIENT);
    client.end_input();
    let ended = client.exits().or_explain("the end of input does not end the loop", CLIENT);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("an error at the end", CLIENT);
    let (_, leaving) = room.left().or_explain("the process ended without closing", CLIENT);
    check(leaving == Leaving::Closed, "a close frame", format!("the room says: {leaving:?}"))
        .or_explain("the socket was dropped where `close` is due", CLIENT);
    freeze_is_reported(
        &client,
        |seconds| seconds < 0.75,
        "below 0.75 s",
        "the heart does not beat: a sleep never ends",
    );
}

/// A task that blocks freezes the whole loop, and the heartbeat says for how long.
#[test]
fn freeze_inside_the_loop_is_measured() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/freeze 1.2");
    client.shows("== /freeze 1.2: awake again").or_explain("the task that blocks gives no answer", CLIENT);
    client.end_input();
    client.exits().or_explain("the end of input does not end the loop", CLIENT);
    freeze_is_reported(
        &client,
        |seconds| seconds >= 1.1,
        "of 1.1 s or more",
        "the heart beats on another thread than the tasks",
    );
}

/// A server that is gone ends the client although nobody has pressed Enter.
#[test]
fn vanished_server_ends_the_client() {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    room.pings(2).or_explain("the client leaves before anybody has typed", CLIENT);
    room.vanish();
    client.exits().or_explain(FROZEN, CLIENT);
    let said = client.screen().contains("longest freeze: ");
    check(said, "a line `longest freeze: …` at the end", format!("`{}`", client.screen()))
        .or_explain("an error leaves `chat` before the report", CLIENT);
}

/// Where no room answers, one sentence says so, and the status is 1.
#[test]
fn refused_connection_is_one_sentence() {
    let room = ScriptedRoom::open();
    // Nobody listens on port 1; the later address counts.
    let client = Client::on_pipes_with(&program!("10"), &room, &["--server", "ws://127.0.0.1:1"]);
    let ended = client.exits().or_explain("`run` goes on without a room", CLIENT);
    let screen = client.screen();
    let is_clear =
        screen.starts_with("error: no room answers at ws://127.0.0.1:1") && screen.lines().count() == 1;
    check(
        is_clear && ended == Ended::Status(1),
        "one sentence, and status 1",
        format!("{ended:?}, `{screen}`"),
    )
    .or_explain("the error of `practice::connect` is not returned with `?`", CLIENT);
}

const NOT_JOINED: &str = "`run` returned before it joined the room, or the loop never polls it again";

/// A loop that spins has polled again long before.
const QUIET: Duration = Duration::from_millis(100);

/// Runs a loop on a thread of its own, and waits for it no longer than a check may.
fn bounded<T: Send + 'static>(
    stage: &str,
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    within(PATIENCE, &format!("{stage}: {what}"), work)
}

fn times(polls: usize) -> String {
    format!("it was polled {polls} times")
}

/// The line `longest freeze: 0.02 s` must be there, and its figure as it should.
#[track_caller]
fn freeze_is_reported(client: &Client, is_right: impl Fn(f64) -> bool, expected: &str, likely: &str) {
    let screen = client.screen();
    let report = screen
        .split_once("longest freeze: ")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    let seen = report.map_or("no such line".to_owned(), |seconds: f64| format!("{seconds} s"));
    check(report.is_some_and(is_right), format!("a line `longest freeze: …` {expected}"), seen)
        .or_explain(likely, CLIENT);
}

/// A future that another thread wakes while it is polled for the first time; then it does `more`, and is pending.
///
/// It ends with `false` when the wake does not return meanwhile.
fn woken_first(more: impl Fn()) -> impl Future<Output = bool> {
    let mut is_woken = false;
    poll_fn(move |context| {
        if is_woken {
            return Poll::Ready(true);
        }
        is_woken = true;
        let (waker, began) = (context.waker().clone(), Instant::now());
        let wake = thread::spawn(move || waker.wake());
        // No `join`, which has no bound, and no channel, which would use up the thread's token.
        while !wake.is_finished() {
            if began.elapsed() > PATIENCE / 2 {
                return Poll::Ready(false);
            }
            thread::yield_now();
        }
        more();
        Poll::Pending
    })
}

/// Lets a task run on without its handle.
fn detach<T>(_handle: T) {}

/// Wakes itself for ever.
fn restless() -> impl Future<Output = ()> + Send {
    poll_fn(|context| {
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Lets every task that is woken have a turn, and those that they wake.
async fn some_turns() {
    for _ in 0..10 {
        let mut is_polled = false;
        poll_fn(|context| {
            if std::mem::replace(&mut is_polled, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Counts how often `future` is polled.
fn counted<F: Future + Send + 'static>(
    polls: Arc<AtomicUsize>,
    future: F,
) -> impl Future<Output = F::Output> + Send + 'static {
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        polls.fetch_add(1, SeqCst);
        future.as_mut().poll(context)
    })
}

/// Spins until `look` finds something, for no longer than a check may take.
fn until_some<T>(look: impl Fn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None => assert!(began.elapsed() < PATIENCE, "nobody has polled"),
        }
        thread::yield_now();
    }
}

/// Is raised once, by any thread, and wakes whoever waits for it.
#[derive(Clone, Default)]
struct Flag(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Flag {
    fn raise(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        let waiting = std::mem::take(&mut state.1);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    fn raised(self) -> impl Future<Output = ()> + Send {
        poll_fn(move |context| {
            let mut state = self.0.lock().unwrap();
            if state.0 {
                return Poll::Ready(());
            }
            state.1.push(context.waker().clone());
            Poll::Pending
        })
    }
}

/// A waker of which only the copies count.
struct Holder;

impl Wake for Holder {
    fn wake(self: Arc<Self>) {}
}
