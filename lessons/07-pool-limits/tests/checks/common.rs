//! What the checks share: a bench that holds jobs, callers with their answers, and a runtime for each check.

use std::{
    io::{self, ErrorKind::ResourceBusy},
    net::TcpListener,
    ops::Range,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use checks::{Missed, check, on_a_loop, patience, span};
use pool_limits::Pool;
use tokio::{
    fs,
    net::TcpStream,
    runtime::{Builder, Runtime},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

pub const IDEA: &str = "07-pool-limits.md#the-idea";
pub const SLOT: &str = "07-pool-limits.md#task-1-a-slot-before-the-thread";
pub const READER: &str = "07-pool-limits.md#task-3-a-reading-thread-outside-the-pool";

const OTHER_ERROR: &str =
    "the error has another kind: who finds no place hears `io::ErrorKind::ResourceBusy`";

/// Long enough for a wrong answer to do what it must not do; a right one only spends it.
pub const QUIET: Duration = Duration::from_millis(150);

/// What one job of a check gives, or why it has no result.
pub type Answer = io::Result<usize>;

/// Holds the jobs of a check until it lets them go, and counts them meanwhile.
pub struct Bench {
    /// What the check waits for.
    counts: watch::Sender<Counts>,
    /// How many jobs may go on; notified when that grows.
    passes: (Mutex<usize>, Condvar),
    /// Kept by each job from its making to its end, so that they can be counted.
    alive: Arc<()>,
}

/// What jobs have done until now.
#[derive(Default)]
struct Counts {
    /// Those that have begun and not ended.
    running: usize,
    /// The most that ran at once.
    peak: usize,
    /// Those that have ended.
    done: usize,
}

impl Bench {
    pub fn new() -> Arc<Bench> {
        let passes = (Mutex::new(0), Condvar::new());
        Arc::new(Bench { counts: watch::Sender::default(), passes, alive: Arc::new(()) })
    }

    /// A job that counts, waits at the gate, and gives its number.
    pub fn job(self: &Arc<Bench>, number: usize) -> impl FnOnce() -> usize + Send + use<> {
        let (bench, alive) = (self.clone(), self.alive.clone());
        move || {
            bench.counts.send_modify(|counts| {
                counts.running += 1;
                counts.peak = counts.peak.max(counts.running);
            });
            let closed = |passes: &mut usize| *passes == 0;
            *bench.passes.1.wait_while(bench.passes.0.lock().unwrap(), closed).unwrap() -= 1;
            bench.counts.send_modify(|counts| {
                counts.running -= 1;
                counts.done += 1;
            });
            drop(alive);
            number
        }
    }

    /// Waits until so many jobs run at once.
    pub async fn running(&self, jobs: usize) {
        let _ = self.counts.subscribe().wait_for(|counts| counts.running >= jobs).await;
    }

    /// Waits until so many jobs run at once, for as long as a right answer may take.
    pub async fn runs(&self, jobs: usize) -> bool {
        timeout(patience() / 4, self.running(jobs)).await.is_ok()
    }

    /// Waits until so many jobs have ended.
    pub async fn ended(&self, jobs: usize) {
        let _ = self.counts.subscribe().wait_for(|counts| counts.done >= jobs).await;
    }

    /// Lets one job go, and waits until it has ended.
    pub async fn let_one_go(&self) {
        let done = self.done();
        *self.passes.0.lock().unwrap() += 1;
        self.passes.1.notify_one();
        self.ended(done + 1).await;
    }

    /// Lets all jobs go, those of later too.
    pub fn open(&self) {
        *self.passes.0.lock().unwrap() = usize::MAX;
        self.passes.1.notify_all();
    }

    pub fn peak(&self) -> usize {
        self.counts.borrow().peak
    }

    pub fn done(&self) -> usize {
        self.counts.borrow().done
    }

    /// How many jobs of this bench have been made and not dropped.
    pub fn jobs_in_memory(&self) -> usize {
        Arc::strong_count(&self.alive) - 1
    }
}

/// A caller for each number, each with a job of the bench.
pub fn callers(pool: &Arc<Pool>, bench: &Arc<Bench>, numbers: Range<usize>) -> JoinSet<Answer> {
    let mut callers = JoinSet::new();
    for number in numbers {
        let (pool, job) = (pool.clone(), bench.job(number));
        callers.spawn(async move { pool.run(job).await });
    }
    callers
}

/// The next answers, as many as come within half of the patience.
pub async fn answers(callers: &mut JoinSet<Answer>, count: usize) -> Vec<Answer> {
    let mut answers = Vec::new();
    let all = async {
        while answers.len() < count
            && let Some(answer) = callers.join_next().await
        {
            answers.push(answer.unwrap_or_else(|error| Err(error.into())));
        }
    };
    let _ = timeout(patience() / 2, all).await;
    answers
}

/// The results of all callers that are left; refusals are left out.
pub async fn values(callers: &mut JoinSet<Answer>) -> Vec<usize> {
    answers(callers, usize::MAX).await.into_iter().flatten().collect()
}

/// How many of the answers are results.
pub fn results(answers: &[Answer]) -> usize {
    answers.iter().flatten().count()
}

/// How many of the answers say that the pool is busy.
pub fn refusals(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.as_ref().is_err_and(is_busy)).count()
}

pub fn is_busy(error: &io::Error) -> bool {
    error.kind() == ResourceBusy
}

/// What the answers were instead; an error of another kind, where there is no refusal, is the cause.
pub fn missed(expected: impl Into<String>, answers: &[Answer]) -> Missed {
    let [results, busy] = [results(answers), refusals(answers)];
    let others = answers.iter().filter_map(|answer| answer.as_ref().err()).filter(|error| !is_busy(error));
    let others: Vec<String> = others.map(|error| format!("the error `{error}`")).collect();
    match &others[..] {
        [] if answers.is_empty() => Missed::new(expected, "no answer at all"),
        [] => Missed::new(expected, format!("{results} results, {busy} refusals")),
        [other, ..] => {
            let times = others.len();
            let missed =
                Missed::new(expected, format!("{results} results, {busy} refusals, {times} times {other}"));
            if busy == 0 { missed.because(OTHER_ERROR) } else { missed }
        }
    }
}

/// Connects by name and reads a file, ten times each.
pub async fn name_and_file() -> Result<(), Missed> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    for _ in 0..10 {
        let name = timeout(patience() / 4, TcpStream::connect(("localhost", port))).await;
        let soon = span(patience() / 4);
        let expected = format!("`localhost` is looked up, within {soon}");
        check(name.is_ok(), expected, "the lookup waits for a thread")?;
        let file = timeout(patience() / 4, fs::read("Cargo.toml")).await;
        check(file.is_ok(), format!("a file is read, within {soon}"), "the file waits for a thread")?;
    }
    Ok(())
}

/// Runs `work` on a runtime of its own; its jobs are let go at the end.
pub fn in_a_loop<T: Send + 'static>(
    runtime: impl FnOnce() -> io::Result<Runtime> + Send + 'static,
    work: impl AsyncFnOnce(Arc<Bench>) -> T + Send + 'static,
) -> Result<T, Missed> {
    on_a_loop(runtime, "the jobs of this check are done", async || {
        let bench = Bench::new();
        let seen = work(bench.clone()).await;
        bench.open();
        seen
    })
}

/// More threads than any pool of these checks has slots.
pub fn many_threads() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(32).build()
}
