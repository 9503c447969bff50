//! What the tasks share: both stages of the loop under the same names, and futures to run on it.

use std::{
    future::{Future, poll_fn},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use checks::{Missed, patience, sleeps, this_thread, within};

pub const TASK_1: &str = "10-event-loop.md#task-1-park-until-somebody-wakes-you";
pub const TASK_2: &str = "10-event-loop.md#task-2-a-queue-of-those-who-were-woken";
pub const HANDLES: &str = "10-event-loop.md#task-3-handles-that-tell-what-became-of-a-task";
pub const TASK_4: &str = "10-event-loop.md#task-4-timers";
pub const CLIENT: &str = "10-event-loop.md#the-idea";

pub const NOT_WOKEN: &str =
    "the waker does not unpark the thread, or the loop parks although somebody was woken";
pub const AT_ONCE: &str = "`spawn` runs the task to its end before it returns";
pub const HELD_UP: &str =
    "a task that sleeps holds up the others: `spawn` runs it to its end, or the sleep blocks the thread";
pub const ENDS_EARLY: &str =
    "a sleep holds up another one, or ends before its time, also that of the farewell";
pub const STOPS: &str = "the loop's thread does not come back: it is in one task, or parked for ever";
pub const FROZEN: &str = "the loop's own thread waits: for stdin, for a task, or parked for ever";
pub const NOT_JOINED: &str = "`run` returned before it joined the room, or the loop never polls it again";

/// A thread that looks now and then has looked more than twice by then.
const WATCHED: Duration = Duration::from_millis(500);

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
pub(super) use each_stage;

/// Runs a loop on a thread of its own, and waits for it no longer than a check may.
pub fn bounded<T: Send + 'static>(
    stage: &str,
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    within(patience(), &format!("{stage}: {what}"), work)
}

pub fn times(polls: usize) -> String {
    format!("it was polled {polls} times")
}

/// Lets a task run on without its handle.
pub fn detach<T>(_handle: T) {}

/// Wakes itself until `end` is raised.
pub fn restless(end: Flag) -> impl Future<Output = ()> + Send {
    poll_fn(move |context| {
        context.waker().wake_by_ref();
        if end.is_raised() { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Lets every task that is woken have a turn, and those that they wake.
pub async fn some_turns() {
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

/// Tells a number when the flag is raised, and once more in a later turn.
pub async fn tells_twice(told: Arc<Mutex<Vec<(u8, usize)>>>, number: usize, flag: Flag) {
    flag.raised().await;
    told.lock().unwrap().push((1, number));
    event_loop::yield_now().await;
    told.lock().unwrap().push((2, number));
}

/// Counts how often `future` is polled.
pub fn counted<F: Future + Send + 'static>(
    polls: Arc<AtomicUsize>,
    future: F,
) -> impl Future<Output = F::Output> + Send + 'static {
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        polls.fetch_add(1, SeqCst);
        future.as_mut().poll(context)
    })
}

/// Is raised once, by any thread, and wakes whoever waits for it.
#[derive(Clone, Default)]
pub struct Flag(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Flag {
    pub fn raise(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        let waiting = std::mem::take(&mut state.1);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    pub fn is_raised(&self) -> bool {
        self.0.lock().unwrap().0
    }

    pub fn raised(self) -> impl Future<Output = ()> + Send {
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

/// Is woken when the loop's thread was watched for a while: how often that woke up, though nobody had woken it.
///
/// `None` if it never sleeps.
pub fn watched() -> impl Future<Output = Option<u64>> {
    let seen = Arc::new(Mutex::new(None));
    let mut is_watched = false;
    poll_fn(move |context| {
        if !std::mem::replace(&mut is_watched, true) {
            let (sender, watch) = mpsc::channel::<(Option<(u32, u64)>, Waker)>();
            let sees = seen.clone();
            thread::spawn(move || {
                let (awake, waker) = watch.recv().expect("a loop");
                *sees.lock().unwrap() = Some(awake.map_or(Some(0), wakes_by_itself));
                waker.wake();
            });
            let awake = this_thread().and_then(|thread| Some((thread, sleeps(thread)?)));
            sender.send((awake, context.waker().clone())).expect("a watch");
        }
        seen.lock().unwrap().map_or(Poll::Pending, Poll::Ready)
    })
}

/// How often a thread, which had gone to sleep so often before, wakes up while nobody wakes it; `None` if it never sleeps.
fn wakes_by_itself((thread, awake): (u32, u64)) -> Option<u64> {
    let count = || sleeps(thread).unwrap_or(u64::MAX);
    let comes = |limit, count_to: u64| {
        let began = Instant::now();
        while count() < count_to && began.elapsed() < limit {
            thread::sleep(Duration::from_millis(1));
        }
        count() >= count_to
    };
    if !comes(patience() / 2, awake + 1) {
        return None;
    }
    let asleep = count();
    // What wakes up by itself has soon done so often.
    comes(WATCHED, asleep + 20);
    Some(count() - asleep)
}
