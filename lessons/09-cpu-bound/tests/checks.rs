//! What the client of lesson 09 must do; run them with `cargo course check 09`.

use std::{
    io,
    panic::resume_unwind,
    sync::{Arc, Condvar, Mutex, mpsc},
    thread,
    time::Duration,
};

use checks::{Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, program, within};
use cpu_bound::CpuPool;
use practice::{Failure, cores};
use rayon::prelude::*;
use tokio::{
    join,
    runtime::{Builder, Runtime},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

const IDEA: &str = "09-cpu-bound.md#the-idea";
const TASK_1: &str = "09-cpu-bound.md#task-1-a-permit-for-each-core";
const TASK_2: &str = "09-cpu-bound.md#task-2-a-thread-for-each-core";
const TASK_3: &str = "09-cpu-bound.md#task-3-ask-whether-anybody-waits";
const TASK_4: &str = "09-cpu-bound.md#task-4-hand-the-commands-over";
const OTHER_TOKIO: &str = "this Tokio or rayon is not the one that the page describes";
const ON_THE_LOOP: &str =
    "the job runs on the event loop's own thread, or something blocks there until it ends";
const NO_JOIN: &str = "`run` returned before it joined the room";

/// How long a job has to begin that must not begin; a job that may begin is waited for.
const TOO_MANY: Duration = Duration::from_millis(200);

// What Tokio and rayon do by themselves: these are green before you change a line.

/// As many jobs as the runtime has threads, computed inside of tasks, and no other task runs.
#[test]
fn inline_jobs_freeze_every_flavor() {
    for workers in [None, Some(1), Some(2), Some(4)] {
        let seen = freezes(workers, |gate| gate.pass());
        check(seen, "no task runs until the jobs end, then it does", format!("{workers:?} workers differ"))
            .or_explain(OTHER_TOKIO, IDEA);
    }
}

/// `spawn_blocking` runs forty jobs at once, however few cores there are.
#[test]
fn spawn_blocking_runs_forty_jobs_at_once() {
    let most = on_a_loop(async || {
        let gate = Arc::new(Gate::default());
        for _ in 0..40 {
            let gate = gate.clone();
            spawn_blocking(move || gate.pass());
        }
        gate.crowd(40, PATIENCE / 2).await
    });
    let most = most.or_explain(OTHER_TOKIO, IDEA);
    check(most == 40, "40 jobs at once", format!("{most} at once")).or_explain(OTHER_TOKIO, IDEA);
}

/// `par_iter` in a task blocks that task's thread until all parts are done.
#[test]
fn par_iter_in_a_task_freezes_its_loop() {
    let seen = freezes(None, |gate| (0..8).into_par_iter().for_each(|_| gate.pass()));
    check(seen, "no task runs until the parts are done, then it does", "a task ran meanwhile")
        .or_explain(OTHER_TOKIO, IDEA);
}

// Stage 1: a semaphore.

/// The loop has a turn while a job computes: here it is what lets the job end.
#[test]
fn semaphore_leaves_the_loop_free() {
    leaves_the_loop_free(CpuPool::by_semaphore, TASK_1);
}

/// Forty jobs: as many at once as there are cores, and each gets its own answer.
#[test]
fn semaphore_admits_as_many_jobs_as_cores() {
    let likely = "a job begins without a permit, or gives it back before it ends";
    runs_as_many_jobs_as_cores(CpuPool::by_semaphore, likely, TASK_1);
}

/// A panic is a value with its text, and gives its place back.
#[test]
fn semaphore_turns_a_panic_into_a_value() {
    let seen = on_a_loop(async || {
        let pool = CpuPool::by_semaphore().expect("a pool");
        for _ in 0..=cores() {
            let panicked = pool.compute(|_| -> usize { resume_unwind(Box::new("the cup broke")) }).await;
            if panicked != Err(Failure::Panicked("the cup broke".into())) {
                return Err(panicked);
            }
        }
        pool.compute(|_| 7_usize).await.map_err(Err)
    });
    let seen = seen.or_explain("a job that panicked keeps its place, or gives no answer", TASK_1);
    check(
        seen == Ok(7),
        "`Panicked(\"the cup broke\")` from each of these jobs, then 7 from the next",
        format!("{seen:?}"),
    )
    .or_explain("the panic goes on, or its text is lost", TASK_1);
}

// Stage 2: rayon.

/// The loop has a turn while a job computes: here it is what lets the job end.
#[test]
fn rayon_leaves_the_loop_free() {
    leaves_the_loop_free(CpuPool::by_rayon, TASK_2);
}

/// Forty jobs: as many at once as there are cores, and each gets its own answer.
#[test]
fn rayon_runs_as_many_jobs_as_cores() {
    runs_as_many_jobs_as_cores(CpuPool::by_rayon, "the pool is wider or narrower than the machine", TASK_2);
}

/// A job that panics is an error line, and the process lives, with all its places.
#[test]
fn panicking_job_is_an_error_and_the_process_lives() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for _ in 0..=cores() {
        client.type_line("/primes x");
        // One wait for the whole line: an aborting process may still print the start of an answer.
        let told = client.shows("!! /primes x: the job panicked: how many numbers?");
        told.map_err(|missed| gone(&client, missed))
            .or_explain("nothing catches the panic on rayon's thread: it aborts the process", TASK_2);
    }
    client.type_line("/primes 100");
    client
        .shows("== /primes 100: 25 primes")
        .or_explain("a job that panicked has taken its thread along", TASK_2);
    room.say("who dropped that?");
    client.shows("<< who dropped that?").or_explain("the panic ended the client", TASK_2);
}

// Both: who waits, and who does not.

/// A job that nobody waits for any more stops at its next look, and its place is free.
#[test]
fn abandoned_job_stops_at_its_next_look() {
    for (stage, make) in stages() {
        let seen = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let (began, mut parts) = unbounded_channel();
            let (gate, mut jobs) = full(&pool, &began).await;
            let begun = received(&mut parts, cores()).await;
            jobs.shutdown().await;
            gate.open();
            drop(began);
            let more = rest(&mut parts).await;
            (begun == cores(), more, timeout(PATIENCE / 3, pool.compute(|_| 7)).await.ok())
        });
        let (filled, more, next) = seen.or_explain("dropping the future waits for the job", TASK_3);
        let expected = format!("{stage}: no part begins after the futures were dropped in the first of 30");
        check(filled && more == 0, expected, format!("{more} more parts began"))
            .or_explain("`wanted` says yes although the receiver is gone", TASK_3);
        check(next == Some(Ok(7)), format!("{stage}: 7 from the next job"), format!("{next:?}"))
            .or_explain("the place of an abandoned job is lost", TASK_3);
    }
}

/// A job that never looks keeps its place until it ends, although nobody waits for it.
#[test]
fn abandoned_job_keeps_its_place_until_it_ends() {
    for (stage, make) in stages() {
        let seen = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let gate = Arc::new(Gate::default());
            let mut jobs = hand_in(&pool, &gate, cores());
            gate.crowd(cores(), PATIENCE / 3).await;
            jobs.shutdown().await;
            let mut next = hand_in(&pool, &gate, 1);
            let most = gate.crowd(cores() + 1, TOO_MANY).await;
            gate.open();
            (most, next.join_next().await.is_some_and(|answer| answer.is_ok_and(|answer| answer == Ok(0))))
        });
        let (most, next) = seen.or_explain("the job after the abandoned ones never runs", TASK_3);
        let expected = format!("{stage}: {} at once, the abandoned ones counted", cores());
        check(most == cores(), expected, format!("{most} at once"))
            .or_explain("the permit belongs to the await: it is given back while the job goes on", TASK_1);
        check(next, "the next job is answered once a place is free", "it is not")
            .or_explain("the place of an abandoned job is lost", TASK_3);
    }
}

/// A job that is abandoned in the queue never begins.
#[test]
fn abandoned_job_in_the_queue_never_begins() {
    for (stage, make) in stages() {
        let seen = on_a_loop(async move || {
            let pool = Arc::new(make().expect("a pool"));
            let gate = Arc::new(Gate::default());
            let mut jobs = hand_in(&pool, &gate, cores());
            gate.crowd(cores(), PATIENCE / 3).await;
            let (began, mut begun) = unbounded_channel();
            let queued = pool.compute(move |_| began.send(()));
            let waited = timeout(Duration::from_millis(20), queued).await.is_err();
            gate.open();
            while jobs.join_next().await.is_some() {}
            (waited, begun.recv().await.is_none())
        });
        let (waited, idle) = seen.or_explain("the job in the queue never leaves it", TASK_3);
        check(waited && idle, format!("{stage}: the job waits, and never begins"), "it began")
            .or_explain("the job does not look before it begins", TASK_3);
    }
}

// The client.

/// The counts are right, of one core and of all of them; a wrong name is an error.
#[test]
fn counts_are_right() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    for (below, primes) in [(0, 0), (2, 0), (3, 1), (100, 25), (1000, 168), (60_000, 6057)] {
        for name in ["/primes", "/split"] {
            client.type_line(&format!("{name} {below}"));
            let answer = format!("== {name} {below}: {primes} primes");
            client.shows(&answer).or_explain("a count is given up although it is wanted", TASK_4);
        }
    }
    client.type_line("/dance");
    client.shows("!! /dance: the commands are").or_explain("a wrong name is not answered", TASK_4);
}

/// Pongs go out and messages are shown while one core counts primes; Ctrl-C does not wait for it.
#[test]
fn pongs_go_out_while_primes_are_counted() {
    room_goes_on_during("/primes 3000000000", TASK_2);
}

/// The same while all cores do: the loop gets its turn among them.
#[test]
fn pongs_go_out_while_all_cores_count() {
    room_goes_on_during("/split 3000000000", TASK_4);
}

/// The client's forty jobs are all answered, and never more run at once than there are cores.
#[test]
fn forty_jobs_share_the_cores() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line("/forty 20000");
    client.shows("== /forty 20000: ").or_explain("an answer is lost", TASK_4);
    client.shows(" cores").or_explain("an answer is lost", TASK_4);
    let (answered, at_once) = told(&client.screen()).unwrap_or_default();
    let expected = format!("40 answered, {} at once at most", cores());
    check(answered == 40 && at_once <= cores(), expected, format!("{answered} answered, {at_once} at once"))
        .or_explain("`/forty` hands its jobs to `spawn_blocking` itself, and not to the pool", TASK_4);
}

/// A stage of the lesson: what it is called, and how its pool is made.
type Make = fn() -> io::Result<CpuPool>;

fn stages() -> [(&'static str, Make); 2] {
    [("by_semaphore", CpuPool::by_semaphore), ("by_rayon", CpuPool::by_rayon)]
}

/// A job that only ends after the loop has had a turn.
#[track_caller]
fn leaves_the_loop_free(make: Make, task: &str) {
    let answer = on_a_loop(async move || {
        let pool = make().expect("a pool");
        let (began, mut begun) = unbounded_channel();
        let (key, lock) = mpsc::channel();
        let job = pool.compute(move |_| {
            let _ = began.send(());
            lock.recv().is_ok()
        });
        let turn = async {
            begun.recv().await;
            key.send(())
        };
        join!(job, turn).0
    });
    let frozen = |_| Missed::new("the event loop runs while a job computes", "it stood still for 6 s");
    let answer = answer.map_err(frozen).or_explain(ON_THE_LOOP, task);
    check(answer == Ok(true), "the job's own answer", format!("{answer:?}"))
        .or_explain("the answer is not handed on", task);
}

/// Fills the pool with far more jobs than it has places, and lets them go one by one.
#[track_caller]
fn runs_as_many_jobs_as_cores(make: Make, likely: &str, task: &str) {
    let count = 40.max(2 * cores());
    let seen = on_a_loop(async move || {
        let pool = Arc::new(make().expect("a pool"));
        let gate = Arc::new(Gate::default());
        let mut jobs = hand_in(&pool, &gate, count);
        gate.crowd(cores(), PATIENCE / 3).await;
        gate.crowd(cores() + 1, TOO_MANY).await;
        let mut answers = Vec::new();
        for _ in 0..count {
            gate.let_one_go();
            answers.extend(jobs.join_next().await.and_then(Result::ok).and_then(Result::ok));
        }
        answers.sort();
        (gate.crowd(0, PATIENCE).await, answers)
    });
    let (most, answers) = seen
        .map_err(|missed| Missed::new("40 of 40 jobs are answered", missed.instead))
        .or_explain(ON_THE_LOOP, task);
    check(most == cores(), format!("{} jobs at once on {0} cores", cores()), format!("{most} at once"))
        .or_explain(likely, task);
    let own: Vec<usize> = (0..count).collect();
    check(answers == own, format!("{count} answers, each its job's own"), format!("{answers:?}"))
        .or_explain("answers are lost, or change hands", task);
}

/// A command that takes hours, in a room that drops whoever is silent for a second.
#[track_caller]
fn room_goes_on_during(command: &str, task: &str) {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("09"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    client.type_line(command);
    client.type_line("still here");
    room.hears("still here").or_explain(ON_THE_LOOP, task);
    room.pongs(6).or_explain(ON_THE_LOOP, task);
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain(ON_THE_LOOP, task);
    client.interrupt();
    let ended = client.exits().or_explain("the end waits for the job", TASK_3);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", format!("{ended:?}"))
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// Where jobs are counted, and wait until they are let go.
struct Gate {
    /// How many jobs are inside now, and how many there were at once at most.
    inside: watch::Sender<(usize, usize)>,
    /// How many jobs may leave.
    keys: Mutex<usize>,
    /// Notified when there are more keys.
    more: Condvar,
}

impl Default for Gate {
    fn default() -> Gate {
        Gate { inside: watch::Sender::new((0, 0)), keys: Mutex::new(0), more: Condvar::new() }
    }
}

impl Gate {
    /// Blocks the calling thread until it is let go.
    fn pass(&self) {
        self.inside.send_modify(|(now, most)| (*now, *most) = (*now + 1, (*most).max(*now + 1)));
        let keys = self.keys.lock().unwrap();
        *self.more.wait_while(keys, |keys| *keys == 0).unwrap() -= 1;
        self.inside.send_modify(|(now, _)| *now -= 1);
    }

    /// Lets one job go.
    fn let_one_go(&self) {
        *self.keys.lock().unwrap() += 1;
        self.more.notify_one();
    }

    /// Lets all jobs go, those to come too.
    fn open(&self) {
        *self.keys.lock().unwrap() = 1_000_000;
        self.more.notify_all();
    }

    /// Waits until `count` jobs were inside at once, and says how many there were at most.
    async fn crowd(&self, count: usize, limit: Duration) -> usize {
        let mut inside = self.inside.subscribe();
        let _ = timeout(limit, inside.wait_for(|(_, most)| *most >= count)).await;
        inside.borrow().1
    }
}

/// Hands in jobs that wait at the gate; each answers with its number.
fn hand_in(pool: &Arc<CpuPool>, gate: &Arc<Gate>, count: usize) -> JoinSet<Result<usize, Failure>> {
    let mut jobs = JoinSet::new();
    for number in 0..count {
        let (pool, gate) = (pool.clone(), gate.clone());
        jobs.spawn(async move {
            let job = move |_: cpu_bound::Wanted<'_>| {
                gate.pass();
                number
            };
            pool.compute(job).await
        });
    }
    jobs
}

/// Fills the pool with jobs of 30 parts, which look before each part whether they are wanted.
async fn full(pool: &Arc<CpuPool>, began: &UnboundedSender<()>) -> (Arc<Gate>, JoinSet<usize>) {
    let (gate, mut jobs) = (Arc::new(Gate::default()), JoinSet::new());
    for _ in 0..cores() {
        let (pool, inner, began) = (pool.clone(), gate.clone(), began.clone());
        let job = move |wanted: cpu_bound::Wanted<'_>| {
            let part = |_: &usize| {
                let _ = began.send(());
                inner.pass();
            };
            (0..30).take_while(|_| wanted()).inspect(part).count()
        };
        jobs.spawn(async move { pool.compute(job).await.unwrap_or(0) });
    }
    (gate, jobs)
}

/// Waits for `count` parts to begin.
async fn received(parts: &mut UnboundedReceiver<()>, count: usize) -> usize {
    let mut begun = 0;
    while begun < count && timeout(PATIENCE / 3, parts.recv()).await.is_ok_and(|part| part.is_some()) {
        begun += 1;
    }
    begun
}

/// Waits until all jobs are gone, and says how many parts began that nobody has seen.
async fn rest(parts: &mut UnboundedReceiver<()>) -> usize {
    let mut begun = 0;
    while parts.recv().await.is_some() {
        begun += 1;
    }
    begun
}

/// A runtime that is left behind with the jobs that still run, when a check fails too.
struct Abandoned(Option<Runtime>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.take().expect("a runtime").shutdown_background();
    }
}

/// Runs `work` on the kind of runtime that the client has.
fn on_a_loop<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    within(PATIENCE, "the check is done with its jobs", move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = Abandoned(Some(runtime.expect("a runtime")));
        runtime.0.as_ref().expect("a runtime").block_on(work())
    })
}

/// Whether no task has a turn while each thread of a runtime is in `job`, and one has when the gate is open.
fn freezes(workers: Option<usize>, job: fn(&Gate)) -> bool {
    let runtime = match workers {
        None => Builder::new_current_thread().build(),
        Some(workers) => Builder::new_multi_thread().worker_threads(workers).build(),
    };
    let (runtime, gate) = (runtime.expect("a runtime"), Arc::new(Gate::default()));
    let handle = runtime.handle().clone();
    // A current-thread runtime runs its tasks inside of `block_on`.
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    for _ in 0..workers.unwrap_or(1) {
        let gate = gate.clone();
        handle.spawn(async move { job(&gate) });
    }
    let (turn, turns) = mpsc::channel();
    let busy = Builder::new_current_thread().enable_time().build().expect("a runtime");
    busy.block_on(gate.crowd(workers.unwrap_or(1), PATIENCE / 2));
    handle.spawn(async move { turn.send(()) });
    let early = turns.recv_timeout(TOO_MANY).is_ok();
    gate.open();
    !early && turns.recv_timeout(PATIENCE / 2).is_ok()
}

/// What became of a client that does not show what it should.
fn gone(client: &Client, missed: Missed) -> Missed {
    match client.exits_within(Duration::from_millis(500)) {
        Ok(Ended::Signal) => Missed::new(missed.expected, "the process is gone: it was aborted"),
        Ok(Ended::Status(status)) => {
            Missed::new(missed.expected, format!("the process ended with status {status}"))
        }
        Err(_) => missed,
    }
}

/// The figures in `== /forty 20000: 40 answered, 2 at once, 2 cores`.
fn told(screen: &str) -> Option<(usize, usize)> {
    let (_, told) = screen.rsplit_once("== /forty 20000: ")?;
    let mut numbers = told.split_whitespace().filter_map(|word| word.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}
