//! What it costs to hand an empty job to a pool and to await its result: alone, and with many in flight.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use bench::{Better, Effort, Group, Script, Subject, take_turns};
use futures_util::{StreamExt, stream::FuturesUnordered};
use solution_11::{Settings, ThreadPool, fast, run_in_executor};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use crate::channels;

pub const FAST: &str = "lesson 11, fast stage";
pub const PLAIN: &str = "lesson 11";
pub const TOKIO: &str = "tokio spawn_blocking";
pub const BLOCKING: &str = "blocking::unblock";
pub const RAYON: &str = "rayon + oneshot";
pub const CROSSBEAM: &str = "crossbeam channel + oneshot";
pub const MPSC: &str = "std mpsc, a mutex + oneshot";
pub const THREAD: &str = "a thread for each job";
pub const PYTHON: Script =
    Script { name: "Python run_in_executor", file: "offload.py", args: &[], trial: "1 1" };
/// On another event loop, where that is installed.
pub const UVLOOP: Script =
    Script { name: "Python run_in_executor, uvloop", file: "offload.py", args: &["uvloop"], trial: "1 1" };
pub const LIMIT: &str = "two threads that wake each other";

/// One job after the other, all threads on one core.
pub fn round_trip(effort: Effort) -> Group {
    let jobs = effort.of(4000);
    let mut subjects = subjects(1, jobs, |took, jobs| took.as_secs_f64() * 1e6 / jobs as f64);
    subjects.push(Subject::peer(LIMIT, move || ping_pong(jobs).as_secs_f64() * 1e6 / jobs as f64));
    let title = "an empty job and its result, one after the other, on one core";
    Group {
        title: title.into(),
        unit: "µs".into(),
        better: Better::Lower,
        key: "round-trip".into(),
        rows: take_turns(title, effort.rounds, subjects),
    }
}

/// Many jobs in flight, on all cores.
pub fn throughput(effort: Effort) -> Vec<Group> {
    let group = |in_flight: usize| {
        let jobs = effort.of(if in_flight == 1 { 4000 } else { 32 * 1024 });
        let rate = |took: Duration, jobs: usize| jobs as f64 / took.as_secs_f64() / 1e3;
        let title = format!("empty jobs, {in_flight} in flight, on all cores");
        Group {
            rows: take_turns(&title, effort.rounds, subjects(in_flight, jobs, rate)),
            title,
            unit: "thousands a second".into(),
            better: Better::Higher,
            key: format!("flight-{in_flight}"),
        }
    };
    [1, 64, 1024].map(group).into()
}

/// Every pool, driven in the same way.
fn subjects(in_flight: usize, jobs: usize, figure: fn(Duration, usize) -> f64) -> Vec<Subject> {
    let runtime = Rc::new(Builder::new_current_thread().build().expect("a runtime"));
    let (plain, quick) = (ThreadPool::new(settings()), fast::ThreadPool::new(settings()));
    // A pool in use has all of its threads, and only one of those that are idle keeps an eye on the time.
    drive(&runtime, 64, 640, || run_in_executor(Some(&plain), job));
    drive(&runtime, 64, 640, || fast::run_in_executor(Some(&quick), job));
    let mut all = Vec::new();
    let mut add =
        |make: fn(&'static str, Sample) -> Subject, name, run: Box<dyn Fn(&Runtime) -> Duration>| {
            let runtime = runtime.clone();
            all.push(make(name, Box::new(move || figure(run(&runtime), jobs))));
        };
    let ours: fn(&'static str, Sample) -> Subject = |name, sample| Subject::ours(name, sample);
    let peer: fn(&'static str, Sample) -> Subject = |name, sample| Subject::peer(name, sample);
    add(
        ours,
        FAST,
        Box::new(move |on| drive(on, in_flight, jobs, || fast::run_in_executor(Some(&quick), job))),
    );
    add(ours, PLAIN, Box::new(move |on| drive(on, in_flight, jobs, || run_in_executor(Some(&plain), job))));
    add(peer, TOKIO, Box::new(move |on| drive(on, in_flight, jobs, || tokio::task::spawn_blocking(job))));
    add(peer, BLOCKING, Box::new(move |on| drive(on, in_flight, jobs, || blocking::unblock(job))));
    add(peer, RAYON, Box::new(move |on| drive(on, in_flight, jobs, by_rayon)));
    let [crossbeam, mpsc] = [channels::by_crossbeam(threads()), channels::by_mpsc(threads())];
    add(peer, CROSSBEAM, Box::new(move |on| drive(on, in_flight, jobs, || channels::call(&*crossbeam, job))));
    add(peer, MPSC, Box::new(move |on| drive(on, in_flight, jobs, || channels::call(&*mpsc, job))));
    // A tenth of the jobs: it is slow.
    let few = (jobs / 10).max(1);
    add(peer, THREAD, Box::new(move |on| drive(on, in_flight, few, by_thread) * (jobs / few) as u32));
    for script in [PYTHON, UVLOOP] {
        let Some(python) = script.if_there() else { continue };
        let python = RefCell::new(python);
        let run = move |_: &Runtime| {
            let took =
                python.borrow_mut().seconds(&format!("{in_flight} {few}")).expect("a number of seconds");
            Duration::from_secs_f64(took * (jobs / few) as f64)
        };
        add(peer, script.name, Box::new(run));
    }
    all
}

/// Takes one sample.
type Sample = Box<dyn FnMut() -> f64>;

/// As many threads as cores, and at least two: only the one that waits for longest keeps an eye on the time.
///
/// There is room for all that is in flight: the peers have no end of it either.
fn settings() -> Settings {
    Settings {
        threads: threads(),
        queue: 1 << 16,
        keep_alive: Duration::from_secs(60),
        ..Settings::default()
    }
}

fn threads() -> usize {
    practice::cores().max(2)
}

/// As little work as there can be.
fn job() -> u32 {
    7
}

fn by_rayon() -> oneshot::Receiver<u32> {
    let (sender, result) = oneshot::channel();
    rayon::spawn(move || {
        // Whoever waits keeps its end.
        let _ = sender.send(job());
    });
    result
}

fn by_thread() -> oneshot::Receiver<u32> {
    let (sender, result) = oneshot::channel();
    thread::spawn(move || {
        // Whoever waits keeps its end.
        let _ = sender.send(job());
    });
    result
}

/// Keeps `in_flight` jobs under way until `jobs` are done, on the thread of one runtime.
fn drive<F: Future>(on: &Runtime, in_flight: usize, jobs: usize, start: impl Fn() -> F) -> Duration {
    let begin = Instant::now();
    on.block_on(async {
        if in_flight == 1 {
            for _ in 0..jobs {
                start().await;
            }
            return;
        }
        let mut under_way: FuturesUnordered<F> = (0..in_flight.min(jobs)).map(|_| start()).collect();
        let mut started = under_way.len();
        while under_way.next().await.is_some() {
            if started < jobs {
                under_way.push(start());
                started += 1;
            }
        }
    });
    begin.elapsed()
}

/// The least that a round trip can cost: two threads park and unpark each other.
fn ping_pong(times: usize) -> Duration {
    let (here, (ready, main)) = (thread::current(), mpsc::channel());
    let turn = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let own = turn.clone();
    let wait = |turn: &std::sync::atomic::AtomicUsize, odd: usize| {
        while turn.load(std::sync::atomic::Ordering::Acquire) % 2 != odd {
            thread::park();
        }
    };
    let other = thread::spawn(move || {
        let _ = ready.send(());
        for _ in 0..times {
            wait(&own, 1);
            own.fetch_add(1, std::sync::atomic::Ordering::Release);
            here.unpark();
        }
    });
    let _ = main.recv();
    let begin = Instant::now();
    for _ in 0..times {
        turn.fetch_add(1, std::sync::atomic::Ordering::Release);
        other.thread().unpark();
        wait(&turn, 0);
    }
    let took = begin.elapsed();
    other.join().expect("the other thread");
    took
}
