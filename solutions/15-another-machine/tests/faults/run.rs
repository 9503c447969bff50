//! The run, and what must hold during it and after it.

use std::{
    env,
    io::{IsTerminal, stderr},
    process::exit,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use async_nats::jetstream;
use solution_15::{Answer, Failure, Job, Machines};
use tokio::{
    runtime::Builder,
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    chaos::{Chaos, Fault},
    cluster::{Cluster, SERVERS},
    machines::{self, MACHINE, Park, settings},
    network,
};

/// How long a job may take: far longer than all that goes wrong at once.
const LIMIT: Duration = Duration::from_secs(120);

/// How many jobs are under way.
const CALLERS: usize = 16;

/// How a run is told from a machine, and from the worker process of one.
pub fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let has = |flag| args.iter().any(|arg| arg == flag);
    match args.first().map(String::as_str) {
        Some("--worker") => solution_15::work().expect("requests"),
        Some(MACHINE) => machines::work(&args[1]),
        Some("--list") => {}
        Some(filter) if !filter.starts_with('-') && !"faults".contains(filter) => {}
        _ if network::is_inside() || has("--loopback") => jobs_survive_faults(has("--ignored")),
        _ => match network::inside() {
            Some(ended) => exit(ended.expect("a run inside").code().unwrap_or(1)),
            None => {
                println!("no networks of their own: this system, or this account, has none");
                jobs_survive_faults(has("--ignored"));
            }
        },
    }
}

/// What became of the jobs.
#[derive(Default)]
struct Tally {
    /// Those with their own answer.
    answered: AtomicU64,
    /// Those with an error that names its cause.
    failed: AtomicU64,
    /// The longest wait, in milliseconds.
    longest: AtomicU64,
}

/// Every job is answered once, and afterwards the servers hold none.
fn jobs_survive_faults(long: bool) {
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(1, |now| now.as_nanos() as u64);
    let seed = env::var("FAULTS_SEED").map_or(now, |seed| seed.parse().expect("a number"));
    let (jobs, of_machines, of_servers, of_lines) =
        if long { (10_000, 200, 20, 20) } else { (200, 10, 3, 3) };
    let Some(cluster) = Cluster::start() else { return };
    let urls = cluster.urls();
    let places = if network::is_inside() { "each in a network of its own" } else { "on loopback" };
    println!("seed {seed}: {jobs} jobs, {CALLERS} at a time; 3 servers and 4 machines, {places}");
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let caller = Arc::new(runtime.block_on(connected(&urls)));
    let park = Park::start(urls.clone());
    let begun = park.begun.clone();
    let faults = [(Fault::Machine, of_machines), (Fault::Server, of_servers), (Fault::Line, of_lines)];
    let chaos = Chaos::new(cluster, park, seed, &faults);
    let (began, tally) = (Instant::now(), Arc::new(Tally::default()));
    let chaos = run(&runtime, &caller, jobs, &tally, chaos);
    let (answered, failed) = (tally.answered.load(Relaxed), tally.failed.load(Relaxed));
    println!("killed: {of_machines} machines, {of_servers} servers; cut: {of_lines} lines");
    println!(
        "{answered} answered, {failed} failed with their cause, in {:.1} s; begun {} times; the longest wait was {:.1} s",
        began.elapsed().as_secs_f64(),
        begun.load(Relaxed),
        tally.longest.load(Relaxed) as f64 / 1e3,
    );
    assert_eq!(answered + failed, jobs, "every job is answered once");
    runtime.block_on(nothing_is_left(&urls));
    println!("the servers hold no job and no answer");
    drop(chaos);
}

/// A caller, once the servers have agreed who of them leads.
async fn connected(urls: &str) -> Machines {
    let deadline = Instant::now() + LIMIT;
    loop {
        match Machines::connect(urls, settings()).await {
            Ok(machines) => return machines,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Hands the jobs in, with faults among them.
fn run(
    runtime: &tokio::runtime::Runtime,
    caller: &Arc<Machines>,
    jobs: u64,
    tally: &Arc<Tally>,
    mut chaos: Chaos,
) -> Chaos {
    // One more strike lets some more jobs begin: so the faults fall among the jobs.
    let may_begin = Arc::new(Semaphore::new(0));
    let next = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (caller, next, tally, may_begin) =
            (caller.clone(), next.clone(), tally.clone(), may_begin.clone());
        let call = async move {
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= jobs {
                    return;
                }
                may_begin.acquire().await.expect("it is never closed").forget();
                one(&caller, number, &tally).await;
            }
        };
        callers.spawn_on(call, runtime.handle());
    }
    let faults = chaos.left() as u64;
    for fault in 0..=faults {
        let done = tally.answered.load(Relaxed) + tally.failed.load(Relaxed);
        say(&format!("fault {fault} of {faults}: {done} of {jobs} jobs done"));
        let share = jobs * (fault + 1) / (faults + 1) - jobs * fault / (faults + 1);
        may_begin.add_permits(share as usize);
        // Bounded, since each call is.
        while may_begin.available_permits() as u64 > share / 2 {
            thread::sleep(Duration::from_millis(1));
        }
        chaos.strike();
    }
    runtime.block_on(async {
        while let Some(caller) = callers.join_next().await {
            caller.expect("a caller that finds its own answer");
        }
    });
    say("");
    chaos
}

/// How far the run is: one line on a terminal, drawn anew in its place, and nothing elsewhere.
fn say(what: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K{what}\r");
    }
}

/// Does one job, and looks at what comes of it.
async fn one(caller: &Machines, number: u64, tally: &Tally) {
    let (job, own) = job(number);
    let began = Instant::now();
    match caller.call_within(job, LIMIT).await {
        Ok(answer) if answer == own => tally.answered.fetch_add(1, Relaxed),
        Ok(answer) => panic!("job {number} got the answer of another: {answer:?}"),
        Err(Failure::Died(cause)) if cause.contains("fell silent") => tally.failed.fetch_add(1, Relaxed),
        Err(failure) => panic!("job {number} failed without a cause: {failure:?}"),
    };
    tally.longest.fetch_max(began.elapsed().as_millis() as u64, Relaxed);
}

/// A job, and its answer.
fn job(number: u64) -> (Job, Answer) {
    match number % 4 {
        0 => {
            let nap = Duration::from_millis(number % 47);
            (Job::Slow(nap), Answer::Text(format!("slept {} s", nap.as_secs_f64())))
        }
        1 => {
            let bytes: Vec<u8> = (0..number * 97 % 200_000).map(|at| (at ^ number) as u8).collect();
            (Job::Echo(bytes.clone()), Answer::Bytes(bytes))
        }
        _ => (Job::Upper(format!("tea {number}")), Answer::Text(format!("TEA {number}"))),
    }
}

/// Waits until no stream holds a message: a confirmation may still be on its way. Each stream is on all servers.
async fn nothing_is_left(urls: &str) {
    let servers: Vec<&str> = urls.split(',').collect();
    let client = async_nats::connect(servers).await.expect("a line to the servers");
    let engine = jetstream::new(client);
    let empty = async {
        for name in ["THAW_JOBS", "THAW_ANSWERS"] {
            loop {
                let held = match engine.get_stream(name).await {
                    Ok(stream) => {
                        let info = stream.cached_info();
                        assert_eq!(info.config.num_replicas, SERVERS, "servers that keep {name}");
                        info.state.messages
                    }
                    Err(_) => u64::MAX,
                };
                if held == 0 {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
    };
    timeout(Duration::from_secs(60), empty).await.expect("streams that are empty after a minute");
}
