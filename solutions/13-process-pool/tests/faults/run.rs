//! The run, and what must hold during it and after it.

use std::{
    env,
    io::{BufRead, BufReader, Write, stdout},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use solution_13::{Answer, Failure, Job, ProcessPool, Settings, fast};
use tokio::{
    runtime::Builder,
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    chaos::{self, Chaos, Seed},
    meter::Meter,
    stage::Stage,
    system, worker,
};

/// Set for workers that are to be real ones, without faults of their own.
const REAL: &str = "FAULTS_REAL_WORKER";

/// How long a job may take: a worker that was stopped takes this long to be found out.
const LIMIT: Duration = Duration::from_secs(1);

/// How many workers there are.
const WORKERS: usize = 4;

/// How many callers hand in jobs.
const CALLERS: usize = 16;

/// How a run is told from a worker, and from a client that is to be killed.
pub fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("--worker") if env::var_os(REAL).is_some() => solution_13::work().expect("requests"),
        Some("--worker") => worker::work(),
        Some("--client") => client(),
        Some("--list") => {}
        Some(filter) if !filter.starts_with('-') && !"faults".contains(filter) => {}
        _ => {
            let long = args.iter().any(|arg| arg == "--ignored");
            jobs_survive_faults::<ProcessPool>(long);
            jobs_survive_faults::<fast::ProcessPool>(long);
            killed_client_leaves_nothing();
        }
    }
}

/// What became of the jobs.
#[derive(Default)]
struct Tally {
    /// Those with their own answer.
    answered: AtomicU64,
    /// Those whose worker died, with its cause.
    died: AtomicU64,
    /// Those whose time was up: their worker was stopped.
    late: AtomicU64,
}

/// Every job is answered once, and afterwards all is as it was before.
fn jobs_survive_faults<P: Stage>(long: bool) {
    let number = |name, short, long_one| match env::var(name) {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => {
            if long {
                long_one
            } else {
                short
            }
        }
    };
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(1, |now| now.as_nanos() as u64);
    let seed = number("FAULTS_SEED", now, now);
    let (jobs, faults) = (number("FAULTS_JOBS", 500, 10_000), number("FAULTS_FAULTS", 20, 200));
    println!(
        "{} stage, seed {seed}: {jobs} jobs, {faults} faults, {WORKERS} workers, {CALLERS} callers",
        P::NAME
    );
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let pool = Arc::new(P::new(settings()));
        full(&pool).await;
        let before = system::Held::now();
        let (began, tally) = (Instant::now(), Arc::new(Tally::default()));
        let chaos = Chaos::new(pool.clone(), Seed(seed), faults);
        // Bounded, since a caller that is never answered would wait for ever.
        let bound = Duration::from_secs(60 + jobs / 50);
        let chaos = timeout(bound, run(&pool, jobs, &tally, chaos)).await.expect("an outcome for every job");
        let [answered, died, late] = [&tally.answered, &tally.died, &tally.late].map(|count| count.load(Relaxed));
        println!(
            "{answered} answered, {died} failed with the cause of a death, {late} with their time, in {:.1} s",
            began.elapsed().as_secs_f64()
        );
        println!("{}", chaos.causes());
        assert_eq!(answered + died + late, jobs, "every job is answered once");
        assert!(died <= faults, "a death costs one job at most");
        assert!(late <= chaos.stopped() * (1 + P::AHEAD), "a stop costs what its worker was sent");
        full(&pool).await;
        system::settles(&before).await;
        println!("after: {} workers; {}", pool.stats().workers.len(), system::Held::now());
        let ended = pool.shutdown(LIMIT).await;
        assert_eq!((ended.finished, ended.killed), (0, 0));
        system::no_children().await;
    });
}

/// Hands the jobs in, with faults among them.
async fn run<P: Stage>(pool: &Arc<P>, jobs: u64, tally: &Arc<Tally>, mut chaos: Chaos<P>) -> Chaos<P> {
    let (next, faults, meter) = (Arc::new(AtomicU64::new(0)), chaos.faults, Meter);
    // One more strike lets some more jobs begin: so the faults fall among the jobs.
    let may_begin = Arc::new(Semaphore::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (pool, next, tally, may_begin) = (pool.clone(), next.clone(), tally.clone(), may_begin.clone());
        callers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= jobs {
                    return;
                }
                may_begin.acquire().await.expect("it is never closed").forget();
                one(&*pool, number, &tally).await;
            }
        });
    }
    for fault in 0..=faults {
        let done: u64 =
            [&tally.answered, &tally.died, &tally.late].iter().map(|count| count.load(Relaxed)).sum();
        meter.say(&format!("fault {fault} of {faults}: {done} of {jobs} jobs done"));
        let share = jobs * (fault + 1) / (faults + 1) - jobs * fault / (faults + 1);
        may_begin.add_permits(share as usize);
        if fault == faults {
            break;
        }
        while may_begin.available_permits() as u64 > share / 2 {
            sleep(Duration::from_millis(1)).await;
        }
        chaos.strike().await;
    }
    while let Some(caller) = callers.join_next().await {
        caller.expect("a caller that finds its own answer");
    }
    chaos.end().await;
    chaos
}

/// Does one job, and looks at what comes of it.
async fn one(pool: &impl Stage, number: u64, tally: &Tally) {
    let (job, own) = job(number);
    match pool.call_within(job, LIMIT).await {
        Ok(answer) if answer == own => tally.answered.fetch_add(1, Relaxed),
        Ok(answer) => panic!("job {number} got the answer of another: {answer:?}"),
        Err(Failure::Died(cause)) if chaos::is_cause(&cause) => tally.died.fetch_add(1, Relaxed),
        Err(Failure::TimedOut(_)) => tally.late.fetch_add(1, Relaxed),
        Err(failure) => panic!("job {number} failed without a cause: {failure:?}"),
    };
}

/// A job, and its answer.
fn job(number: u64) -> (Job, Answer) {
    match number % 4 {
        0 => (
            Job::Slow(Duration::from_millis(number % 7)),
            text(format!("slept {} s", (number % 7) as f64 / 1e3)),
        ),
        1 => {
            let bytes: Vec<u8> = (0..number * 97 % 200_000).map(|at| (at ^ number) as u8).collect();
            (Job::Echo(bytes.clone()), Answer::Bytes(bytes))
        }
        _ => (Job::Upper(format!("tea {number}")), text(format!("TEA {number}"))),
    }
}

fn text(text: String) -> Answer {
    Answer::Text(text)
}

/// Waits until each of the workers has done a job at the same time as all others.
async fn full(pool: &Arc<impl Stage>) {
    let deadline = Instant::now() + 10 * LIMIT;
    loop {
        let mut jobs = JoinSet::new();
        for _ in 0..WORKERS {
            let pool = pool.clone();
            jobs.spawn(async move { pool.call_within(Job::Slow(LIMIT / 10), LIMIT).await });
        }
        let well = jobs.join_all().await.iter().all(Result::is_ok);
        if well && pool.stats().workers.len() == WORKERS {
            return;
        }
        assert!(Instant::now() < deadline, "the pool is not full again: {}", pool.stats());
    }
}

fn settings() -> Settings {
    let program = Some(env::current_exe().expect("this program"));
    Settings { program, workers: WORKERS, ..Settings::default() }
}

/// A client that is killed with SIGKILL: its workers are gone 1 s later, idle or busy, and what they have started.
fn killed_client_leaves_nothing() {
    let mut command = Command::new(env::current_exe().expect("this program"));
    let client = command.arg("--client").env(REAL, "1").stdout(Stdio::piped()).spawn();
    let mut client = client.expect("a client");
    let mut told = String::new();
    BufReader::new(client.stdout.take().expect("a pipe")).read_line(&mut told).expect("a line");
    let all: Vec<u32> = told.split_whitespace().map(|id| id.parse().expect("a number")).collect();
    assert!(all.len() >= WORKERS + 2, "four workers and two grandchildren: {told}");
    client.kill().expect("SIGKILL");
    client.wait().expect("its end");
    std::thread::sleep(Duration::from_secs(1));
    let left: Vec<_> =
        all.iter().filter(|id| system::state(**id).is_some_and(|state| state != 'Z')).collect();
    assert!(left.is_empty(), "1 s after SIGKILL of their client these still run: {left:?}");
    println!("1 s after SIGKILL of their client: none of {} workers, idle and busy, is left", all.len());
}

/// One idle worker, one that computes, and two that have started a process: one that has left its group, which the
/// mark in its environment tells, and one without that mark, which the group tells. Tells their numbers, then waits.
fn client() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let pool = Arc::new(ProcessPool::new(settings()));
        full(&pool).await;
        let started = ["setsid sleep 1000", "env -i sleep 1000"].map(|command| Job::Run(command.to_owned()));
        for job in [Job::Primes(u64::MAX)].into_iter().chain(started) {
            let pool = pool.clone();
            tokio::spawn(async move { pool.call(job).await });
        }
        while system::children(std::process::id()).len() < WORKERS + 2 {
            sleep(Duration::from_millis(2)).await;
        }
        let all = system::children(std::process::id());
        println!("{}", all.iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
        stdout().flush().expect("a pipe");
        sleep(Duration::from_secs(60)).await;
    });
}
