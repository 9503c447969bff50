//! The pools, each with as many workers as the machine has cores, and each driven by one thread.

use std::{
    cell::RefCell,
    process::{self, Command},
    rc::Rc,
    thread,
    time::Instant,
};

use bench::{Python, Script, Subject};
use futures_util::{StreamExt, stream};
use practice::cores;
use solution_13::{Answer, Failure, Job, ProcessPool, Settings, fast};
use tokio::runtime::{Builder, Runtime};

pub const PLAIN: &str = "lesson 13";
pub const FAST: &str = "lesson 13, fast stage";
pub const SPARE: &str = "lesson 13, fast, with a spare";
pub const PROCSPAWN: &str = "procspawn";
pub const PYTHON: [Script; 3] = [
    python("Python ProcessPoolExecutor", &["executor"]),
    python("Python loky", &["loky"]),
    python("Python anyio.to_process", &["anyio"]),
];

/// Its trial is a flight, since only then its workers have started.
const fn python(name: &'static str, args: &'static [&'static str]) -> Script {
    Script { name, file: "processes.py", args, trial: "flight 2 16 10" }
}

/// Each pool, echoing `bytes` in `jobs` jobs; `figure` makes a number of the seconds that they took.
pub fn subjects(in_flight: usize, bytes: usize, jobs: usize, figure: fn(f64, usize) -> f64) -> Vec<Subject> {
    let (plain, fast) = (Ours::<ProcessPool>::new(0), Ours::<fast::ProcessPool>::new(0));
    let mut all = vec![
        Subject::ours(PLAIN, move || figure(plain.echo(in_flight, bytes, jobs), jobs)),
        Subject::ours(FAST, move || figure(fast.echo(in_flight, bytes, jobs), jobs)),
    ];
    let pool = procspawn::Pool::new(cores()).expect("a pool of procspawn");
    all.push(Subject::peer(PROCSPAWN, move || figure(procspawn_echo(&pool, in_flight, bytes, jobs), jobs)));
    for (name, mut python) in pythons() {
        // A fifth of the jobs: it is slow.
        let few = (jobs / 5).max(in_flight);
        let request = format!("flight {in_flight} {bytes} {few}");
        let sample = move || figure(python.seconds(&request).expect("a number of seconds"), few);
        all.push(Subject::peer(name, sample));
    }
    all
}

/// Each pool, from a killed worker to the answer of the next one, in milliseconds.
pub fn killed() -> Vec<Subject> {
    let plain = Ours::<ProcessPool>::new(0);
    let [fast, spare] = [0, 1].map(Ours::<fast::ProcessPool>::new);
    let mut all = vec![
        Subject::ours(PLAIN, move || plain.killed() * 1e3),
        Subject::ours(FAST, move || fast.killed() * 1e3),
        Subject::ours(SPARE, move || spare.killed() * 1e3),
    ];
    let pool = procspawn::Pool::new(1).expect("a pool of procspawn");
    all.push(Subject::peer(PROCSPAWN, move || procspawn_killed(&pool) * 1e3));
    for (name, mut python) in pythons() {
        all.push(Subject::peer(name, move || python.seconds("kill").expect("a number of seconds") * 1e3));
    }
    all
}

/// Those pools of Python that are there.
fn pythons() -> impl Iterator<Item = (&'static str, Python)> {
    PYTHON.into_iter().filter_map(|script| Some((script.name, script.if_there()?)))
}

/// A stage of lesson 13.
trait Stage: 'static {
    fn new(settings: Settings) -> Self;

    fn call(&self, job: Job) -> impl Future<Output = Result<Answer, Failure>>;
}

macro_rules! stage {
    ($pool:ty) => {
        impl Stage for $pool {
            fn new(settings: Settings) -> Self {
                <$pool>::new(settings)
            }

            fn call(&self, job: Job) -> impl Future<Output = Result<Answer, Failure>> {
                <$pool>::call(self, job)
            }
        }
    };
}

stage!(ProcessPool);
stage!(fast::ProcessPool);

/// A pool of lesson 13, and the loop that it is awaited on.
struct Ours<P> {
    /// The loop.
    runtime: Runtime,
    /// The pool, whose workers are this program again.
    pool: Rc<P>,
    /// What is sent to be echoed; what comes back is sent again, so that no sample pays for the caller's memory.
    payloads: RefCell<Vec<Vec<u8>>>,
}

impl<P: Stage> Ours<P> {
    fn new(spare: usize) -> Ours<P> {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let entered = runtime.enter();
        let pool = Rc::new(P::new(Settings { workers: cores(), spare, ..Settings::default() }));
        drop(entered);
        Ours { runtime, pool, payloads: RefCell::default() }
    }

    fn echo(&self, in_flight: usize, bytes: usize, jobs: usize) -> f64 {
        self.payloads.borrow_mut().resize(in_flight, vec![7; bytes]);
        let begin = Instant::now();
        let echo = |_| async {
            let payload = self.payloads.borrow_mut().pop().expect("one for each that is in flight");
            let Ok(Answer::Bytes(back)) = self.pool.call(Job::Echo(payload)).await else { panic!("an echo") };
            assert_eq!(back.len(), bytes);
            self.payloads.borrow_mut().push(back);
        };
        let all = stream::iter(0..jobs).map(echo).buffer_unordered(in_flight).for_each(|()| async {});
        self.runtime.block_on(all);
        begin.elapsed().as_secs_f64()
    }

    fn killed(&self) -> f64 {
        let pid = || match self.runtime.block_on(self.pool.call(Job::Pid)) {
            Ok(Answer::Number(pid)) => Some(pid as u32),
            _ => None,
        };
        let victim = pid().expect("a worker");
        kill(victim);
        let begin = Instant::now();
        while pid().is_none_or(|other| other == victim) {}
        begin.elapsed().as_secs_f64()
    }
}

/// With a thread for each call under way: its `join` blocks, and a pool that nobody joins comes to a stop.
fn procspawn_echo(pool: &procspawn::Pool, in_flight: usize, bytes: usize, jobs: usize) -> f64 {
    let begin = Instant::now();
    thread::scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| {
                for _ in 0..jobs / in_flight {
                    let job = procspawn::spawn!(in pool, (vec![7_u8; bytes] => data) || data);
                    assert_eq!(job.join().expect("an echo").len(), bytes);
                }
            });
        }
    });
    begin.elapsed().as_secs_f64()
}

/// Its worker dies in a job: one that dies between two jobs makes the next `spawn` panic.
fn procspawn_killed(pool: &procspawn::Pool) -> f64 {
    let died = procspawn::spawn!(in pool, () || abort()).join();
    assert!(died.is_err(), "a job that aborts has no answer");
    let begin = Instant::now();
    procspawn::spawn!(in pool, () || ()).join().expect("an answer");
    begin.elapsed().as_secs_f64()
}

fn abort() {
    process::abort()
}

fn kill(process: u32) {
    let status = if cfg!(unix) {
        Command::new("kill").args(["-KILL", &process.to_string()]).status()
    } else {
        Command::new("taskkill").args(["/F", "/PID", &process.to_string()]).status()
    };
    assert!(status.is_ok_and(|status| status.success()), "no process {process} to kill");
}
