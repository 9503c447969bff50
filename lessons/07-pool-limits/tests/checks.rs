//! What the client of lesson 07 must do; run them with `cargo course check 07`.

use std::{
    io::{self, ErrorKind::ResourceBusy},
    net::TcpListener,
    panic::resume_unwind,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, thread_names, within};
use pool_limits::{Pool, Pools, runtime, typed_lines};
use tokio::{
    fs,
    net::TcpStream,
    runtime::{Builder, Runtime},
    sync::watch,
    task::{JoinSet, spawn_blocking, yield_now},
    time::timeout,
};

const IDEA: &str = "07-pool-limits.md#the-idea";
const SLOT: &str = "07-pool-limits.md#task-1-a-slot-before-the-thread";
const BUSY: &str = "07-pool-limits.md#task-2-busy-is-an-answer";
const READER: &str = "07-pool-limits.md#task-3-a-reading-thread-outside-the-pool";
const KINDS: &str = "07-pool-limits.md#task-4-a-pool-for-each-kind";
const OTHER_TOKIO: &str = "this Tokio is not the one that the page describes";
const NO_SLOT: &str = "`run` hands each job to the blocking pool at once, without a slot";

const LOST_SLOT: &str = "a panic skips the line that gives the permit back: let `drop` do it";

/// Long enough for a wrong answer to do what it must not do; a right one only spends it.
const QUIET: Duration = Duration::from_millis(150);

// What Tokio does by itself: these are green before you change a line.

/// Behind a full pool a name is not looked up and no file is read, while a literal address connects.
#[test]
fn full_pool_starves_names_and_files() {
    let seen = in_a_loop(one_thread, async |bench| {
        spawn_blocking(bench.job(0));
        bench.running(1).await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let literal = timeout(PATIENCE / 2, TcpStream::connect(("127.0.0.1", port))).await.is_ok();
        let name = timeout(QUIET, TcpStream::connect(("localhost", port))).await.is_ok();
        let file = timeout(QUIET, fs::read("Cargo.toml")).await.is_ok();
        (literal, name, file)
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    check(
        seen == (true, false, false),
        "the literal address connects, name and file wait",
        format!("{seen:?}"),
    )
    .or_explain(OTHER_TOKIO, IDEA);
}

/// The blocking pool that Tokio makes by default runs 512 jobs at once and lets the rest wait.
#[test]
fn default_pool_runs_512_jobs() {
    let default = || Builder::new_current_thread().enable_all().build();
    let running = in_a_loop(default, async |bench| {
        (0..600).for_each(|number| drop(spawn_blocking(bench.job(number))));
        bench.running(512).await;
        let more = timeout(QUIET, bench.running(513)).await;
        bench.open();
        more.is_err()
    });
    let stops = running.or_explain(OTHER_TOKIO, IDEA);
    check(stops, "512 jobs run at once", "more than 512").or_explain(OTHER_TOKIO, IDEA);
}

// A slot before the thread.

/// While slow jobs wait and all slots are taken, a name is looked up and a file is read.
#[test]
fn name_and_file_pass_the_slow_jobs() {
    let seen = in_a_loop(runtime, async |bench| {
        let pools = Pools::new();
        for number in 0..8 {
            let (pools, job) = (pools.clone(), bench.job(number));
            tokio::spawn(async move { pools.slow.run(job).await });
        }
        bench.running(1).await;
        settle().await;
        name_and_file().await
    });
    let seen = seen.or_explain("no slow job begins", SLOT);
    seen.or_explain(
        "slow jobs wait inside the blocking pool, ahead of the lookup: let them wait before it",
        SLOT,
    );
}

/// Of 200 jobs four run at once, all the time, and never five; each gives its own result.
#[test]
fn never_more_than_four_at_once_of_200() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(4, 196));
        let mut callers = callers(&pool, &bench, 0..200);
        bench.running(4).await;
        let _ = timeout(QUIET, bench.running(5)).await;
        for number in 0..200 {
            bench.running(4.min(200 - number)).await;
            bench.let_one_go().await;
        }
        let mut numbers = values(&mut callers).await;
        numbers.sort_unstable();
        (bench.peak(), numbers)
    });
    let (peak, numbers) =
        seen.or_explain("a job is refused although it may wait, or a slot stays empty", SLOT);
    check(peak == 4, "4 jobs at once, of 200", format!("{peak} at once")).or_explain(NO_SLOT, SLOT);
    check(numbers.into_iter().eq(0..200), "200 results, one of each job", "others")
        .or_explain("a job that was accepted is lost", SLOT);
}

/// A caller that goes away does not free the slot in which its job still runs.
#[test]
fn abandoned_job_keeps_its_slot() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        first.shutdown().await;
        let mut second = callers(&pool, &bench, 1..2);
        let two = timeout(QUIET, bench.running(2)).await.is_ok();
        bench.open();
        (two, values(&mut second).await)
    });
    let (two, values) = seen.or_explain("the slot of an abandoned job never comes back", SLOT);
    check(!two, "the next job waits until the abandoned one is done", "both run, with one slot").or_explain(
        "the permit lives in the future of the caller: move it into the job, and bind it to a name there",
        SLOT,
    );
    check(values == [1], "the next job then runs", "it was refused or lost")
        .or_explain("the slot of an abandoned job never comes back", SLOT);
}

/// A job that panics is an error for its caller, and gives slot and place back.
#[test]
fn panicking_job_gives_its_slot_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(2, 1));
        let mut errors = Vec::new();
        for _ in 0..5 {
            let panics = pool.run(|| resume_unwind(Box::new("as it should")));
            let Ok(ended) = timeout(PATIENCE / 4, panics).await else { break };
            errors.extend(ended.err().filter(|error: &io::Error| error.kind() != ResourceBusy));
        }
        if errors.len() < 5 {
            return (errors.len(), false, 0);
        }
        let mut callers = callers(&pool, &bench, 0..3);
        let two = timeout(PATIENCE / 2, bench.running(2)).await.is_ok();
        bench.open();
        (errors.len(), two, values(&mut callers).await.len())
    });
    let (panics, two, values) = seen.or_explain("the panic of a job keeps its caller waiting", SLOT);
    check(panics == 5, "5 panics, one after the other, are errors of their callers", format!("{panics} are"))
        .or_explain(LOST_SLOT, SLOT);
    check(
        two && values == 3,
        "then 2 jobs run, and 1 waits for its turn",
        format!("{values} of 3 have a result"),
    )
    .or_explain(LOST_SLOT, SLOT);
}

// Busy is an answer.

/// Past the queue's length callers hear that it is busy, at once, and nothing that was accepted is lost.
#[test]
fn past_the_queue_it_is_busy_at_once() {
    for (slots, queue) in [(2, 3), (2, 0)] {
        let (places, excess) = (slots + queue, 12 - slots - queue);
        let seen = in_a_loop(many_threads, async move |bench| {
            let pool = Arc::new(Pool::new(slots, queue));
            let mut callers = callers(&pool, &bench, 0..12);
            let early = answers(&mut callers, excess).await;
            bench.open();
            (early, values(&mut callers).await.len())
        });
        let (early, accepted) = seen.or_explain("an accepted job has no result", BUSY);
        let busy = early.iter().filter(|answer| is_busy(answer)).count();
        check(
            busy == excess,
            format!("{excess} of 12 callers hear `ResourceBusy`, within 3 s"),
            told(&early),
        )
        .or_explain("`run` waits for a slot, however many wait already", BUSY);
        let expected =
            format!("{places} jobs, for {slots} slots and {queue} places to wait, have their results");
        check(accepted == places, expected, format!("{accepted} have"))
            .or_explain("a job that could run or wait is refused, or is lost", BUSY);
    }
}

/// When the jobs are done their places are free again.
#[test]
fn places_come_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(2, 3));
        bench.open();
        let mut results = 0;
        for round in 0..20 {
            results += values(&mut callers(&pool, &bench, round * 5..round * 5 + 5)).await.len();
        }
        results
    });
    let results = seen.or_explain("a place is not given back", BUSY);
    check(results == 100, "20 times 5 jobs are accepted", format!("{results} of 100 were"))
        .or_explain("a place is not given back", BUSY);
}

/// A caller that goes away while it waits gives its place back, and its job never runs.
#[test]
fn caller_that_goes_away_gives_its_place_back() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        let mut refused = 0;
        for round in 1..=20 {
            // Two ask for one place: one is refused, then the other goes away.
            let mut two = callers(&pool, &bench, round * 10..round * 10 + 2);
            refused += refusals(&mut two, 1).await;
            two.shutdown().await;
            if refused < round {
                break;
            }
        }
        let mut last = callers(&pool, &bench, 1..2);
        let early = timeout(QUIET, last.join_next()).await.is_ok();
        bench.open();
        let done = values(&mut first).await.len() + values(&mut last).await.len();
        (refused, early, done, bench.done())
    });
    let (refused, early, done, ran) = seen.or_explain("the queue is without a bound, or never empty", BUSY);
    check(
        refused == 20 && !early,
        "20 times one of two is refused, then one waits",
        format!("{refused} refused, and the last one waits: {}", !early),
    )
    .or_explain("the place of a caller that went away is never free again", BUSY);
    check(
        done == 2 && ran == 2,
        "2 jobs run: the first and the last",
        format!("{ran} ran, {done} have a result"),
    )
    .or_explain("a job runs although its caller went away while it waited", BUSY);
}

/// A caller that goes away does not free the place in which its job still runs.
#[test]
fn abandoned_job_keeps_its_place() {
    let seen = in_a_loop(many_threads, async |bench| {
        let pool = Arc::new(Pool::new(1, 1));
        let mut first = callers(&pool, &bench, 0..1);
        bench.running(1).await;
        first.shutdown().await;
        let mut two = callers(&pool, &bench, 1..3);
        let early = answers(&mut two, 1).await;
        bench.open();
        (told(&early), early.iter().all(is_busy) && !early.is_empty(), values(&mut two).await.len())
    });
    let (told, refused, values) = seen.or_explain("the place of an abandoned job never comes back", BUSY);
    check(
        refused,
        "beside an abandoned job that runs, 1 of 2 callers hears `ResourceBusy`, within 3 s",
        told,
    )
    .or_explain("the place is given back when the caller goes away: the job holds this permit too", BUSY);
    check(values == 1, "the other has its result when the jobs go on", format!("{values} have"))
        .or_explain("the place of an abandoned job never comes back", BUSY);
}

/// A hundred thousand callers leave ten jobs in memory, and no more threads than slots.
#[test]
fn hundred_thousand_callers_leave_ten_jobs() {
    let named = || Builder::new_current_thread().enable_all().thread_name("crowd").build();
    let seen = in_a_loop(named, async |bench| {
        let pool = Arc::new(Pool::new(2, 8));
        let mut accepted = callers(&pool, &bench, 0..1000);
        let mut refused = refusals(&mut accepted, 990).await;
        for round in 1..100 {
            if refused < round * 1000 - 10 {
                break;
            }
            let mut more = callers(&pool, &bench, round * 1000..(round + 1) * 1000);
            refused += refusals(&mut more, 1000).await;
        }
        let kept = bench.jobs_in_memory();
        let threads = thread_names(std::process::id()).unwrap_or_default();
        bench.open();
        let threads = threads.iter().filter(|name| *name == "crowd").count();
        (refused, kept, threads, values(&mut accepted).await.len())
    });
    let (refused, kept, threads, values) = seen.or_explain("an accepted job has no result", BUSY);
    check(refused == 99_990, "99990 of 100000 callers are refused at once", format!("{refused} are"))
        .or_explain("`run` waits for a slot, however many wait already", BUSY);
    check(kept <= 10 && threads <= 2, "10 jobs in memory, 2 pool threads", format!("{kept} and {threads}"))
        .or_explain(
            "jobs are kept although their callers were refused, or each job that waits has a thread",
            BUSY,
        );
    check(values == 10, "the 10 accepted jobs have their results", format!("{values} have"))
        .or_explain("an accepted job is lost in the crowd", BUSY);
}

// A reading thread outside the pool.

/// While the prompt waits for a key, all four threads of the pool are there for jobs; lines come in order.
#[test]
fn prompt_takes_no_thread_of_the_pool() {
    let seen = in_a_loop(runtime, async |bench| {
        let (keys, typed) = std::sync::mpsc::channel::<String>();
        let mut lines = typed_lines(move || Ok(typed.recv().ok())).expect("a source of lines");
        let _ = keys.send("first".into());
        let first = lines.recv().await;
        (0..4).for_each(|number| drop(spawn_blocking(bench.job(number))));
        let _ = timeout(PATIENCE / 2, bench.running(4)).await;
        // Before the input ends: a thread of the pool that reads would be free for a job then.
        let jobs = bench.peak();
        let _ = keys.send("second".into());
        drop(keys);
        (jobs, [first, lines.recv().await, lines.recv().await])
    });
    let (jobs, lines) = seen.or_explain("no line comes: nobody calls `read`", READER);
    check(jobs == 4, "4 jobs run while the prompt waits, within 3 s", format!("{jobs} run"))
        .or_explain("`typed_lines` reads in the blocking pool", READER);
    let expected = [Some("first".into()), Some("second".into()), None];
    check(lines == expected, "`first`, `second`, the end", format!("{lines:?}"))
        .or_explain("lines are lost, or the end of input is", READER);
}

/// The thread that reads has a name, for the debugger and for you.
#[test]
fn reading_thread_has_a_name() {
    let seen = in_a_loop(runtime, async |_| {
        let name = || std::thread::current().name().map(str::to_owned);
        let mut lines = typed_lines(move || Ok(name())).expect("a source of lines");
        lines.recv().await
    });
    let name = seen.or_explain("no line comes: nobody calls `read`", READER);
    check(name.as_deref() == Some("reading thread"), "a thread named `reading thread`", format!("{name:?}"))
        .or_explain("`thread::Builder` gives a thread its name", READER);
}

// A pool for each kind.

/// Nested jobs finish, also when every slot is taken by one that has not asked for its inner job yet.
#[test]
fn nested_jobs_do_not_deadlock() {
    for jobs in [2, 4] {
        let seen = in_a_loop(runtime, async move |bench| {
            let (pools, inner_jobs, mut callers) = (Pools::new(), Bench::new(), JoinSet::new());
            for number in 0..jobs {
                let (pools, outer, inner) = (pools.clone(), bench.job(number), inner_jobs.job(number));
                callers.spawn(async move { pools.nested(done(outer), inner).await });
            }
            bench.running(2).await;
            let _ = timeout(QUIET, bench.running(4)).await;
            bench.open();
            let _ = timeout(QUIET, inner_jobs.running(2)).await;
            inner_jobs.open();
            let answers = answers(&mut callers, jobs).await;
            (told(&answers), answers.len())
        });
        let (told, answered) =
            seen.or_explain("fewer than two nested jobs run at once: keep the two slots", KINDS);
        let expected = format!("{jobs} nested jobs have their results, within 3 s");
        check(told.starts_with(&format!("{jobs} results")), expected, told)
            .or_explain(if answered < jobs { SAME_POOL } else { SHORT_QUEUE }, KINDS);
    }
}

const SAME_POOL: &str = "outer jobs hold the slots or the threads that their inner jobs wait for";
const SHORT_QUEUE: &str = "the pool of inner jobs has fewer places than there are outer jobs that run";

/// With every slot of every pool taken, a thread is left for a name and a file.
#[test]
fn name_and_file_pass_the_nested_jobs() {
    let seen = in_a_loop(runtime, async |bench| {
        let (pools, outer_jobs) = (Pools::new(), Bench::new());
        outer_jobs.open();
        for number in 0..8 {
            let (pools, outer, inner) = (pools.clone(), outer_jobs.job(number), bench.job(number));
            tokio::spawn(async move { pools.nested(done(outer), inner).await });
        }
        bench.running(1).await;
        let _ = timeout(QUIET, bench.running(2)).await;
        name_and_file().await
    });
    let seen = seen.or_explain(SAME_POOL, KINDS);
    seen.or_explain("the slots of all pools together are as many as the threads", KINDS);
}

// The client.

/// `/slow` jobs are accepted, wait or are refused, and the client goes on with names, files and the room.
#[test]
fn client_answers_while_slow_jobs_fill_it() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for _ in 0..4 {
        client.type_line("/slow 60");
    }
    client.type_line("/look localhost");
    client.shows("== /look localhost: ").or_explain("the lookup waits behind slow jobs and the prompt", SLOT);
    client.type_line("/read Cargo.toml");
    client.shows("== /read Cargo.toml: ").or_explain("the file waits behind slow jobs and the prompt", SLOT);
    client.type_line("/slow 61");
    client.shows("!! /slow 61: ").or_explain("the fifth slow job waits: it should hear `busy`", BUSY);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("the event loop is blocked", IDEA);
    client.end_input();
    let ended = client.exits().or_explain("something waits for the jobs at the end", READER);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk_with` returns", READER);
}

/// Several `/nested` jobs end in the client too.
#[test]
fn client_finishes_nested_jobs() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for time in ["0.3", "0.2", "0.1"] {
        client.type_line(&format!("/nested {time}"));
    }
    for _ in 0..3 {
        client.shows("== /nested 0.").or_explain(SAME_POOL, KINDS);
    }
}

/// What one job of a check gives, or why it has no result.
type Answer = io::Result<usize>;

/// Holds the jobs of a check until it lets them go, and counts them meanwhile.
struct Bench {
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
    fn new() -> Arc<Bench> {
        let passes = (Mutex::new(0), Condvar::new());
        Arc::new(Bench { counts: watch::Sender::default(), passes, alive: Arc::new(()) })
    }

    /// A job that counts, waits at the gate, and gives its number.
    fn job(self: &Arc<Bench>, number: usize) -> impl FnOnce() -> usize + Send + use<> {
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
    async fn running(&self, jobs: usize) {
        let _ = self.counts.subscribe().wait_for(|counts| counts.running >= jobs).await;
    }

    /// Lets one job go, and waits until it has ended.
    async fn let_one_go(&self) {
        let done = self.done();
        *self.passes.0.lock().unwrap() += 1;
        self.passes.1.notify_one();
        let _ = self.counts.subscribe().wait_for(|counts| counts.done > done).await;
    }

    /// Lets all jobs go, those of later too.
    fn open(&self) {
        *self.passes.0.lock().unwrap() = usize::MAX;
        self.passes.1.notify_all();
    }

    fn peak(&self) -> usize {
        self.counts.borrow().peak
    }

    fn done(&self) -> usize {
        self.counts.borrow().done
    }

    /// How many jobs of this bench have been made and not dropped.
    fn jobs_in_memory(&self) -> usize {
        Arc::strong_count(&self.alive) - 1
    }
}

/// A caller for each number, each with a job of the bench.
fn callers(pool: &Arc<Pool>, bench: &Arc<Bench>, numbers: std::ops::Range<usize>) -> JoinSet<Answer> {
    let mut callers = JoinSet::new();
    for number in numbers {
        let (pool, job) = (pool.clone(), bench.job(number));
        callers.spawn(async move { pool.run(job).await });
    }
    callers
}

/// The same job without its number, as an outer job is.
fn done(job: impl FnOnce() -> usize) -> impl FnOnce() {
    move || {
        job();
    }
}

/// The next answers, as many as come within half of the patience.
async fn answers(callers: &mut JoinSet<Answer>, count: usize) -> Vec<Answer> {
    let mut answers = Vec::new();
    let all = async {
        while answers.len() < count
            && let Some(answer) = callers.join_next().await
        {
            answers.push(answer.unwrap_or_else(|error| Err(error.into())));
        }
    };
    let _ = timeout(PATIENCE / 2, all).await;
    answers
}

/// How many of the next answers are refusals.
async fn refusals(callers: &mut JoinSet<Answer>, count: usize) -> usize {
    answers(callers, count).await.iter().filter(|answer| is_busy(answer)).count()
}

/// The results of all callers that are left; refusals are left out.
async fn values(callers: &mut JoinSet<Answer>) -> Vec<usize> {
    answers(callers, usize::MAX).await.into_iter().flatten().collect()
}

fn is_busy(answer: &Answer) -> bool {
    answer.as_ref().is_err_and(|error| error.kind() == ResourceBusy)
}

/// The answers in words.
fn told(answers: &[Answer]) -> String {
    if answers.is_empty() {
        return "no answer at all".into();
    }
    let busy = answers.iter().filter(|answer| is_busy(answer)).count();
    let results = answers.iter().filter(|answer| answer.is_ok()).count();
    format!("{results} results, {busy} refusals, {} other errors", answers.len() - busy - results)
}

/// Lets every task that is ready take its turns.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

/// Connects by name and reads a file, ten times each.
async fn name_and_file() -> Result<(), Missed> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    for _ in 0..10 {
        let name = timeout(PATIENCE / 4, TcpStream::connect(("localhost", port))).await;
        check(name.is_ok(), "`localhost` is looked up, within 1.5 s", "the lookup waits for a thread")?;
        let file = timeout(PATIENCE / 4, fs::read("Cargo.toml")).await;
        check(file.is_ok(), "a file is read, within 1.5 s", "the file waits for a thread")?;
    }
    Ok(())
}

/// Ends a runtime without waiting for jobs that never end, when a check fails too.
struct Abandon(Option<Runtime>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.take().expect("a runtime").shutdown_background();
    }
}

/// Runs `work` on a runtime of its own; its jobs are let go at the end.
fn in_a_loop<T: Send + 'static>(
    runtime: impl FnOnce() -> io::Result<Runtime> + Send + 'static,
    work: impl AsyncFnOnce(Arc<Bench>) -> T + Send + 'static,
) -> Result<T, Missed> {
    within(PATIENCE, "the jobs of this check are done", move || {
        let runtime = Abandon(Some(runtime().expect("a runtime")));
        let bench = Bench::new();
        let seen = runtime.0.as_ref().expect("a runtime").block_on(work(bench.clone()));
        bench.open();
        seen
    })
}

/// More threads than any pool of these checks has slots.
fn many_threads() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(32).build()
}

fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build()
}
