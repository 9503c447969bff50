//! Task 1, park until somebody wakes you: the loop polls its future when it was woken, and no wake is lost.

use std::{
    future::{Future, poll_fn},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use checks::{Explain, check, patience};

use super::common::{Flag, NOT_WOKEN, TASK_1, TASK_2, bounded, each_stage, times, watched};

const LOST: &str = "the wake was lost: it came before the thread parked, and nothing remembers it";
const LOCKED: &str =
    "the queue is locked while the loop polls: take the numbers out first, and let the lock go";

/// A loop that spins has polled again long before.
const QUIET: Duration = Duration::from_millis(100);

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

/// A thread that is parked sleeps until somebody wakes it: it neither spins nor looks again after a pause.
#[test]
fn parked_thread_is_left_alone() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a loop whose future waits is watched, and then woken", || {
            block_on(watched())
        });
        let woke = seen.or_explain(NOT_WOKEN, TASK_1);
        let expected = format!("{STAGE}: a parked thread sleeps until somebody wakes it");
        check(woke.is_some(), &expected, "it did not go to sleep, though there was nothing to do")
            .or_explain("the loop looks again and again whether somebody was woken: it never parks", TASK_1);
        check(woke <= Some(2), expected, format!("it woke up {} times, and nobody had woken it", woke.unwrap_or(0)))
            .or_explain("the thread looks again after a pause, woken or not: it sleeps, or its `park` has a limit", TASK_1);
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

/// A wake arrives from a thread that runs a loop of its own, and is no business of that one.
#[test]
fn wake_from_another_loop_arrives() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a future is woken from inside of another thread's loop", || {
            let flag = Flag::default();
            let raises = flag.clone();
            block_on(async move {
                thread::spawn(move || block_on(async move { raises.raise() }));
                flag.raised().await;
            });
        });
        seen.or_explain("the wake goes to the loop of the thread that calls it, not to its own", TASK_1);
    });
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
            if began.elapsed() > patience() / 2 {
                return Poll::Ready(false);
            }
            thread::yield_now();
        }
        more();
        Poll::Pending
    })
}

/// Spins until `look` finds something, for no longer than a check may take.
fn until_some<T>(look: impl Fn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None => assert!(began.elapsed() < patience(), "nobody has polled"),
        }
        thread::yield_now();
    }
}
