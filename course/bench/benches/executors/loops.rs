//! What a task costs: to spawn and finish it, to yield, and to wake it from another thread.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use bench::{Better, Effort, Group, Subject, take_turns};
use futures::{executor::LocalPool, task::LocalSpawnExt};
use futures_util::task::AtomicWaker;

pub const FAST: &str = "lesson 10, fast stage";
pub const PLAIN: &str = "lesson 10";
pub const TOKIO: &str = "tokio current_thread";
pub const LOCAL_EXECUTOR: &str = "async_executor LocalExecutor";
pub const LOCAL_POOL: &str = "futures LocalPool";

/// One that runs tasks until all have finished; they are made as they are spawned.
trait Executor: 'static {
    fn run_all<F: Future<Output = ()> + Send + 'static>(count: usize, make: impl Fn(usize) -> F);
}

/// Something that is measured of each executor, in nanoseconds.
trait Measure: Copy + 'static {
    fn of<E: Executor>(self) -> f64;
}

pub fn groups(effort: Effort) -> Vec<Group> {
    let count = effort.of(100_000);
    let mut groups = vec![group(effort, "spawn a task and finish it", "spawn", SpawnAndFinish { count })];
    for (tasks, title) in [(1_000, "1 000"), (10_000, "10 000"), (100_000, "100 000")] {
        // Often enough that their end, which is another measurement, weighs little.
        let times = (effort.of(1_000_000) / tasks).max(effort.of(50));
        let title = format!("yield once, {title} tasks");
        groups.push(group(effort, &title, &format!("yield-{tasks}"), Yields { tasks, times }));
    }
    let all = Wakes { tasks: 1_000, rounds: effort.of(100) };
    groups.push(group(effort, "wake 1 000 tasks from another thread, each", "wakes", all));
    let one = Wakes { tasks: 1, rounds: effort.of(4_000) };
    groups.push(group(effort, "wake a parked loop, and hear from it", "parked", one));
    groups
}

fn group<M: Measure>(effort: Effort, title: &str, key: &str, measure: M) -> Group {
    let subjects = vec![
        Subject::ours(FAST, move || measure.of::<Fast>()),
        Subject::ours(PLAIN, move || measure.of::<Plain>()),
        Subject::peer(TOKIO, move || measure.of::<Tokio>()),
        Subject::peer(LOCAL_EXECUTOR, move || measure.of::<Local>()),
        Subject::peer(LOCAL_POOL, move || measure.of::<Pool>()),
    ];
    let title = format!("{title}, on one core");
    Group {
        rows: take_turns(&title, effort.rounds, subjects),
        title,
        unit: "ns".into(),
        better: Better::Lower,
        key: key.into(),
    }
}

struct Fast;

impl Executor for Fast {
    fn run_all<F: Future<Output = ()> + Send + 'static>(count: usize, make: impl Fn(usize) -> F) {
        solution_10::fast::block_on(async {
            let handles: Vec<_> = (0..count).map(|number| solution_10::fast::spawn(make(number))).collect();
            for handle in handles {
                handle.await.expect("a task that ends");
            }
        });
    }
}

struct Plain;

impl Executor for Plain {
    fn run_all<F: Future<Output = ()> + Send + 'static>(count: usize, make: impl Fn(usize) -> F) {
        solution_10::block_on(async {
            let handles: Vec<_> = (0..count).map(|number| solution_10::spawn(make(number))).collect();
            for handle in handles {
                handle.await.expect("a task that ends");
            }
        });
    }
}

struct Tokio;

impl Executor for Tokio {
    fn run_all<F: Future<Output = ()> + Send + 'static>(count: usize, make: impl Fn(usize) -> F) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let handles: Vec<_> = (0..count).map(|number| tokio::spawn(make(number))).collect();
            for handle in handles {
                handle.await.expect("a task that ends");
            }
        });
    }
}

struct Local;

impl Executor for Local {
    fn run_all<F: Future<Output = ()> + Send + 'static>(count: usize, make: impl Fn(usize) -> F) {
        let executor = async_executor::LocalExecutor::new();
        futures::executor::block_on(executor.run(async {
            let tasks: Vec<_> = (0..count).map(|number| executor.spawn(make(number))).collect();
            for task in tasks {
                task.await;
            }
        }));
    }
}

struct Pool;

impl Executor for Pool {
    fn run_all<F: Future<Output = ()> + Send + 'static>(count: usize, make: impl Fn(usize) -> F) {
        let mut pool = LocalPool::new();
        let spawner = pool.spawner();
        pool.run_until(async {
            let spawn = |number| spawner.spawn_local_with_handle(make(number)).expect("a pool that lives");
            let handles: Vec<_> = (0..count).map(spawn).collect();
            for handle in handles {
                handle.await;
            }
        });
    }
}

/// To spawn tasks that do nothing, and to see them end.
#[derive(Clone, Copy)]
struct SpawnAndFinish {
    /// How many.
    count: usize,
}

impl Measure for SpawnAndFinish {
    fn of<E: Executor>(self) -> f64 {
        let begin = Instant::now();
        E::run_all(self.count, |_| async {});
        each(begin.elapsed(), self.count)
    }
}

/// To yield. It counts from when all tasks have begun: spawning them is another measurement.
#[derive(Clone, Copy)]
struct Yields {
    /// How many tasks take turns.
    tasks: usize,
    /// How often each yields.
    times: usize,
}

impl Measure for Yields {
    fn of<E: Executor>(self) -> f64 {
        let begun = Arc::new((AtomicUsize::new(0), Mutex::new(None)));
        E::run_all(self.tasks, |_| {
            let begun = begun.clone();
            async move {
                if begun.0.fetch_add(1, SeqCst) + 1 == self.tasks {
                    *begun.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                }
                for _ in 0..self.times {
                    Yield(false).await;
                }
            }
        });
        let began = *begun.1.lock().unwrap_or_else(PoisonError::into_inner);
        each(began.expect("all tasks have begun").elapsed(), self.tasks * self.times)
    }
}

/// Wakes itself once: the same for every executor.
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A place where a task waits for its next round.
#[derive(Default)]
struct Place {
    /// The round that has begun.
    round: AtomicUsize,
    /// Whoever waits for it.
    waker: AtomicWaker,
}

/// To be woken: another thread wakes all tasks, and begins the next round when the last of them has run.
#[derive(Clone, Copy)]
struct Wakes {
    /// How many tasks there are.
    tasks: usize,
    /// How often each is woken.
    rounds: usize,
}

impl Measure for Wakes {
    fn of<E: Executor>(self) -> f64 {
        let Wakes { tasks, rounds } = self;
        let places: Arc<Vec<Place>> = Arc::new((0..tasks).map(|_| Place::default()).collect());
        let done = Arc::new(AtomicUsize::new(0));
        let (told, round_over) = mpsc::channel();
        let all = places.clone();
        let waking = thread::spawn(move || wake_all(&all, rounds, &round_over));
        E::run_all(tasks, |number| {
            let (places, done, told) = (places.clone(), done.clone(), told.clone());
            async move {
                for round in 1..=rounds + 1 {
                    poll_fn(|context| begins(&places[number], round, context)).await;
                    if done.fetch_add(1, SeqCst) + 1 == tasks * round {
                        let _ = told.send(());
                    }
                }
            }
        });
        each(waking.join().expect("the other thread"), tasks * rounds)
    }
}

/// The first round waits until all tasks are spawned, and does not count.
fn wake_all(places: &[Place], rounds: usize, round_over: &mpsc::Receiver<()>) -> Duration {
    let mut begin = Instant::now();
    for round in 1..=rounds + 1 {
        for place in places {
            place.round.store(round, SeqCst);
            place.waker.wake();
        }
        round_over.recv().expect("a round that ends");
        if round == 1 {
            begin = Instant::now();
        }
    }
    begin.elapsed()
}

fn begins(place: &Place, round: usize, context: &Context<'_>) -> Poll<()> {
    place.waker.register(context.waker());
    if place.round.load(SeqCst) >= round { Poll::Ready(()) } else { Poll::Pending }
}

fn each(took: Duration, times: usize) -> f64 {
    took.as_secs_f64() * 1e9 / times as f64
}
