//! The table of lesson 09: the same primes, counted as one job and as many, by Rust's threads and by Python's two pools.
//!
//! Run it: `cargo bench -p solution-09 --bench pools`; with `-- --write` it writes what it prints to `book/transcripts/09-cpu.txt` too.
//! Python's rows need a `python3`, or the Python that `COURSE_PYTHON` names; without one it says so, and leaves them out.
//! The rounds take turns, so that whatever else the machine does falls on all rows.

use std::{env, error::Error, fmt::Write as _, fs, process::Command, sync::Arc, time::Instant};

use bench::{Meter, interpreter, root, version};
use practice::{cores, count_primes};
use solution_09::{CpuPool, Wanted};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

/// Primes are counted below this number.
const BELOW: u64 = 600_000;
/// How often each row is measured.
const ROUNDS: usize = 5;
/// How many empty jobs are handed over in each round, one after the other.
const EMPTY: u32 = 200;

/// One round of one pool.
#[derive(Clone, Copy)]
struct Round {
    /// How many primes were counted, which is the same for all.
    primes: usize,
    /// Seconds, for all numbers in one job.
    one: f64,
    /// Seconds, for the same numbers in many jobs.
    many: f64,
    /// Seconds from handing over an empty job to its answer.
    empty: f64,
}

/// A row of the table: its name, and how one round of it is measured.
type Row = (&'static str, Box<dyn Fn() -> Result<Round, Box<dyn Error>>>);

fn main() -> Result<(), Box<dyn Error>> {
    let rows = rows()?;
    let mut rounds = vec![Vec::new(); rows.len()];
    let meter = Meter::start();
    for round in 1..=ROUNDS {
        for ((name, measure), rounds) in rows.iter().zip(&mut rounds) {
            meter.say(format!("round {round} of {ROUNDS}: {name}"));
            rounds.push(measure()?);
        }
    }
    drop(meter);
    let table = table(&rows, &rounds)?;
    print!("{table}");
    if env::args().any(|arg| arg == "--write") {
        fs::write(root().join("book/transcripts/09-cpu.txt"), table)?;
    }
    Ok(())
}

fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let runtime = Arc::new(Builder::new_current_thread().build()?);
    let mut rows: Vec<Row> = Vec::new();
    for (name, pool) in
        [("Rust, by_semaphore", CpuPool::by_semaphore()?), ("Rust, by_rayon", CpuPool::by_rayon()?)]
    {
        let (runtime, pool) = (runtime.clone(), Arc::new(pool));
        rows.push((name, Box::new(move || rust(&runtime, &pool))));
    }
    match version() {
        Ok(_) => {
            rows.push(("Python, ThreadPoolExecutor", Box::new(|| python("threads"))));
            rows.push(("Python, ProcessPoolExecutor", Box::new(|| python("processes"))));
        }
        Err(why) => eprintln!("passed over: {why}"),
    }
    Ok(rows)
}

/// Enough jobs that none is long; their number is odd, so that each has its share of odd numbers.
fn jobs() -> usize {
    8 * cores() + 1
}

fn rust(runtime: &Runtime, pool: &Arc<CpuPool>) -> Result<Round, Box<dyn Error>> {
    let (primes, one) = timed(runtime, pool, 1)?;
    let (again, many) = timed(runtime, pool, jobs())?;
    assert_eq!(primes, again, "the same numbers have the same primes");
    let begin = Instant::now();
    for _ in 0..EMPTY {
        runtime.block_on(pool.compute(|_| ()))?;
    }
    Ok(Round { primes, one, many, empty: begin.elapsed().as_secs_f64() / f64::from(EMPTY) })
}

// ANCHOR: timed
fn timed(runtime: &Runtime, pool: &Arc<CpuPool>, jobs: usize) -> Result<(usize, f64), Box<dyn Error>> {
    let begin = Instant::now();
    let mut parts = JoinSet::new();
    for first in 0..jobs as u64 {
        let (pool, numbers) = (pool.clone(), (first..BELOW).step_by(jobs));
        let job = move |wanted: Wanted<'_>| count_primes(numbers, wanted);
        parts.spawn_on(async move { pool.compute(job).await }, runtime.handle());
    }
    let counts: Result<Vec<usize>, _> = runtime.block_on(parts.join_all()).into_iter().collect();
    Ok((counts?.iter().sum(), begin.elapsed().as_secs_f64()))
}
// ANCHOR_END: timed

/// The same in Python: its file measures, so that its start does not count.
fn python(kind: &str) -> Result<Round, Box<dyn Error>> {
    let numbers = [cores().to_string(), jobs().to_string(), BELOW.to_string()];
    let output = Command::new(interpreter())
        .arg(root().join("book/python/09_pools.py"))
        .arg(kind)
        .args(numbers)
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    let [primes, one, many, empty] = printed.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(format!("09_pools.py failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    };
    Ok(Round { primes: primes.parse()?, one: one.parse()?, many: many.parse()?, empty: empty.parse()? })
}

fn table(rows: &[Row], rounds: &[Vec<Round>]) -> Result<String, Box<dyn Error>> {
    let primes = rounds[0][0].primes;
    assert!(rounds.iter().flatten().all(|round| round.primes == primes), "all count the same primes");
    let mut table = String::from("$ cargo bench -p solution-09 --bench pools\n");
    let python = version().unwrap_or("no Python here".into());
    writeln!(table, "{primes} primes below {BELOW}; {}, {} cores, {python}", env::consts::OS, cores())?;
    writeln!(table, "medians of {ROUNDS} rounds that take turns\n")?;
    let many = format!("{} jobs", jobs());
    writeln!(table, "{:28}{:>10}{many:>10}{:>10}{:>12}", "pool", "one job", "speed-up", "empty job")?;
    for ((name, _), rounds) in rows.iter().zip(rounds) {
        let of = |part: fn(&Round) -> f64| median(rounds.iter().map(part).collect());
        let speed_up = of(|round| round.one / round.many);
        let (one, many, empty) =
            (of(|round| round.one), of(|round| round.many), of(|round| round.empty * 1e6));
        writeln!(table, "{name:28}{one:>8.3} s{many:>8.3} s{speed_up:>10.2}{empty:>9.0} µs")?;
    }
    Ok(table)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
