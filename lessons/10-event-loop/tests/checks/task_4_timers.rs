//! Task 4, timers: a sleep ends in time and in order, polls nobody meanwhile, and leaves nothing behind.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use checks::{Client, Explain, ScriptedRoom, check, patience, program};

use super::common::{
    CLIENT, FROZEN, Flag, HELD_UP, NOT_JOINED, TASK_4, bounded, counted, detach, each_stage, restless,
    some_turns, times, watched,
};

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
        check(polls >= 2, format!("{STAGE}: 2 polls, at the start and at the end"), times(polls))
            .or_explain("the sleep blocks the thread, and is over at its first poll", TASK_4);
        check(polls == 2, format!("{STAGE}: 2 polls, at the start and at the end"), times(polls))
            .or_explain("the sleep asks to be polled again at once, or the loop spins until it is due", TASK_4);
    });
}

/// Timers fire in order of time, not of making, also when the loop comes late to all of them; and none is early, by however little.
#[test]
fn timers_fire_in_order_and_not_early() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "eight tasks sleep, and the loop is busy when their time comes", || {
            let mut slept = Vec::new();
            // Where a thread of their own fires them, a busy machine may hold that up: once more.
            for _ in 0..5 {
                let order = Arc::new(Mutex::new(Vec::new()));
                block_on(async {
                    let tasks = [60, 20, 80, 40, 70, 10, 50, 30].map(|millis| {
                        let order = order.clone();
                        spawn(async move {
                            let began = Instant::now();
                            sleep(Duration::from_millis(millis)).await;
                            order.lock().unwrap().push((began + Duration::from_millis(millis), millis, began.elapsed()));
                        })
                    });
                    some_turns().await;
                    thread::sleep(Duration::from_millis(90));
                    for task in tasks {
                        let _ = task.await;
                    }
                });
                slept = order.lock().unwrap().clone();
                if slept.is_sorted_by_key(|(due, ..)| *due) {
                    break;
                }
            }
            slept
        });
        let slept: Vec<(Instant, u64, Duration)> = seen.or_explain("a timer is not fired, or the loop parks past it", TASK_4);
        let early = slept.iter().find(|(_, millis, took)| *took < Duration::from_millis(*millis));
        let early = early.map(|(_, millis, took)| format!("{millis} ms ended after {took:?}"));
        check(early.is_none(), format!("{STAGE}: each after its time"), early.unwrap_or_default())
            .or_explain("a timer fires when the loop wakes, not when it is due", TASK_4);
        let early = bounded(STAGE, "short sleeps end", || block_on(async {
            for micros in [300, 900, 1_700, 2_999] {
                let began = Instant::now();
                sleep(Duration::from_micros(micros)).await;
                let took = began.elapsed();
                if took < Duration::from_micros(micros) {
                    return Some(format!("{micros} µs ended after {took:?}"));
                }
            }
            None
        }));
        let early = early.or_explain("a timer is not fired, or the loop parks past it", TASK_4);
        check(early.is_none(), format!("{STAGE}: 300 to 2999 µs, and no less"), early.unwrap_or_default())
            .or_explain("the time of a sleep is rounded: it is over when the clock says so", TASK_4);
        let order: Vec<u64> = slept.iter().map(|(_, millis, _)| *millis).collect();
        check(slept.is_sorted_by_key(|(due, ..)| *due), format!("{STAGE}: 10, 20, 30, …, 80 ms"), format!("{order:?}"))
            .or_explain("timers fire in the order in which they were made, or polled, and not in that of their time; or tasks are not polled as they were woken", TASK_4);
    });
}

/// A task that wakes itself for ever holds up no timer.
#[test]
fn busy_loop_fires_timers() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a sleep of 20 ms ends beside a task that wakes itself for ever", || {
            block_on(async {
                let end = Flag::default();
                detach(spawn(restless(end.clone())));
                sleep(Duration::from_millis(20)).await;
                end.raise();
            });
        });
        seen.or_explain("the loop looks at its timers only when nothing is woken", TASK_4);
    });
}

/// A sleep ends in time, though others that were begun before and after it last an hour.
#[test]
fn next_timer_bounds_the_park() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a sleep of 20 ms ends between two of an hour", || {
            block_on(async {
                // What woke this future is used up: the loop parks behind this poll.
                thread::park_timeout(Duration::from_millis(1));
                let mut sleeps = [3_600_000, 20, 3_600_000].map(|millis| Box::pin(sleep(Duration::from_millis(millis))));
                poll_fn(|context| {
                    let are_over = sleeps.each_mut().map(|sleep| sleep.as_mut().poll(context).is_ready());
                    if are_over[1] { Poll::Ready(are_over) } else { Poll::Pending }
                })
                .await
            })
        });
        let are_over = seen.or_explain("the park lasts until another timer than the next one is due, or one of before the turn; or a sleep blocks the thread", TASK_4);
        check(are_over == [false, true, false], format!("{STAGE}: those of an hour last on"), format!("over are: {are_over:?}"))
            .or_explain("a sleep that is polled again takes that for its end: only the clock says so", TASK_4);
    });
}

/// A loop that waits for a timer sleeps until it is due: it does not look now and then.
#[test]
fn timer_alone_bounds_the_park() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a loop whose next timer is an hour away is watched, and then woken", || {
            block_on(async {
                let mut hour = pin!(sleep(Duration::from_secs(3600)));
                poll_fn(|context| Poll::Ready(hour.as_mut().poll(context).is_ready())).await;
                watched().await
            })
        });
        let woke = seen.or_explain("a wake does not end a park that a timer bounds, or a sleep blocks the thread", TASK_4);
        let expected = format!("{STAGE}: a thread that waits for a timer sleeps until it is due");
        check(woke.is_some(), &expected, "it did not go to sleep, though there was nothing to do")
            .or_explain("the loop does not park while somebody sleeps", TASK_4);
        check(woke <= Some(2), expected, format!("it woke up {} times, and nobody had woken it", woke.unwrap_or(0)))
            .or_explain("the park is shorter than the time to the first timer", TASK_4);
    });
}

/// A sleep that has ended wakes nobody any more, though somebody still holds it.
#[test]
fn fired_timer_is_over() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task holds a sleep that has ended, and waits for a flag", || {
            let (polls, flag) = (Arc::new(AtomicUsize::new(0)), Flag::default());
            let (count, raises) = (polls.clone(), flag.clone());
            let _ = block_on(async move {
                spawn(counted(count, async move {
                    let mut nap = Box::pin(sleep(Duration::from_millis(10)));
                    nap.as_mut().await;
                    thread::spawn(move || {
                        thread::sleep(Duration::from_millis(100));
                        raises.raise();
                    });
                    flag.raised().await;
                    drop(nap);
                }))
                .await
            });
            polls.load(SeqCst)
        });
        let polls = seen.or_explain("a timer is not fired, or the loop parks past it", TASK_4);
        check(polls <= 3, format!("{STAGE}: 3 polls: at the start, when the sleep ends, and for the flag"), times(polls))
            .or_explain("a timer that has fired stays, and fires in each turn", TASK_4);
    });
}

/// A thousand sleeps that end at one instant all end.
#[test]
fn timers_of_one_instant_all_fire() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "1000 tasks sleep until the same instant", || {
            block_on(async {
                let end = Instant::now() + Duration::from_millis(50);
                let sleeper = |_| spawn(sleep(end.saturating_duration_since(Instant::now())));
                for task in (0..1000).map(sleeper).collect::<Vec<_>>() {
                    let _ = task.await;
                }
            });
        });
        seen.or_explain("a timer is known by its instant alone, and the next of the same instant takes its place", TASK_4);
    });
}

/// A wake ends the park of a loop whose next timer is an hour away.
#[test]
fn wake_does_not_wait_for_a_timer() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a wake from another thread ends a park that was to last an hour", || {
            block_on(async {
                let mut hour = pin!(sleep(Duration::from_secs(3600)));
                poll_fn(|context| Poll::Ready(hour.as_mut().poll(context).is_ready())).await;
                let flag = Flag::default();
                let raises = flag.clone();
                thread::spawn(move || raises.raise());
                flag.raised().await;
            });
        });
        seen.or_explain("a wake does not end a park that a timer bounds, or a sleep blocks the thread", TASK_4);
    });
}

/// A sleep that has moved to another task wakes that one, and nobody else.
#[test]
fn sleep_wakes_whoever_polled_it_last() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a sleep that has moved wakes its new owner", || {
            block_on(async {
                let mut seen = (false, Ok(()), 0);
                // On a busy machine its time may be over before it has moved: once more.
                for _ in 0..5 {
                    let mut nap = Box::pin(sleep(Duration::from_millis(20)));
                    let first = Arc::new(Holder::default());
                    let early = nap.as_mut().poll(&mut Context::from_waker(&first.clone().into())).is_ready();
                    seen = (early, spawn(nap).await, first.0.load(SeqCst));
                    if seen == (false, Ok(()), 0) {
                        break;
                    }
                }
                seen
            })
        });
        let (early, end, woken) = seen.or_explain("the timer keeps the waker of the first poll", TASK_4);
        check((early, &end) == (false, &Ok(())), format!("{STAGE}: pending, then the end"), format!("{early}, {end:?}"))
            .or_explain("a sleep blocks the thread", TASK_4);
        check(woken == 0, format!("{STAGE}: the waker of its first poll is not woken"), format!("it was, {woken} times"))
            .or_explain("the sleep asks to be polled again at once, or each poll leaves a timer of its own", TASK_4);
    });
}

/// Sleeps that are dropped long before their time do not pile up.
#[test]
fn dropped_sleeps_are_taken_back() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "100000 sleeps are begun and dropped", || {
            let holder = Arc::new(Holder::default());
            let waker = Waker::from(holder.clone());
            block_on(async move {
                for _ in 0..100_000 {
                    let hour = pin!(sleep(Duration::from_secs(3600)));
                    let _ = hour.poll(&mut Context::from_waker(&waker));
                }
                // While the loop runs: it may have a few left to clear away, and not a hundred thousand.
                let began = Instant::now();
                while Arc::strong_count(&holder) >= 10_000 && began.elapsed() < patience() / 3 {
                    yield_now().await;
                }
                Arc::strong_count(&holder)
            })
        });
        let held = seen.or_explain("each sleep that is dropped costs a look at all, or a sleep blocks the thread", TASK_4);
        check(held < 10_000, format!("{STAGE}: the wakers of dropped sleeps are let go"), format!("{held} are kept"))
            .or_explain("a sleep that is dropped leaves its timer behind", TASK_4);
    });
}

/// The last of the sleepers is the first to wake, and each is answered.
#[test]
fn sleepers_wake_in_order_of_time() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/sleep 2");
    client.type_line("/sleep 0.1");
    client.shows("== /sleep 0.1: awake again").or_explain(HELD_UP, TASK_4);
    client.shows("== /sleep 2: awake again").or_explain(HELD_UP, TASK_4);
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

/// A waker whose copies and wakes are counted.
#[derive(Default)]
struct Holder(AtomicUsize);

impl Wake for Holder {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}
