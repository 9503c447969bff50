//! What the tasks share: a gate where jobs are counted, a loop to run them beside, and checks of either pool.

use std::{
    fmt, io,
    process::Command,
    sync::{Arc, Condvar, Mutex, mpsc},
    time::Duration,
};

use checks::{Client, Ended, Explain, Missed, ScriptedRoom, check, patience, program, thread_names};
use cpu_bound::CpuPool;
use practice::{Failure, cores};
use tokio::{
    join,
    runtime::Builder,
    sync::{mpsc::unbounded_channel, watch},
    task::JoinSet,
    time::timeout,
};

pub const IDEA: &str = "09-cpu-bound.md#the-idea";
pub const TASK_1: &str = "09-cpu-bound.md#task-1-a-permit-for-each-core";
pub const TASK_2: &str = "09-cpu-bound.md#task-2-a-thread-for-each-core";
pub const TASK_3: &str = "09-cpu-bound.md#task-3-ask-whether-anybody-waits";
pub const TASK_4: &str = "09-cpu-bound.md#task-4-hand-the-commands-over";
pub const ON_THE_LOOP: &str =
    "the job runs on the event loop's own thread, or something blocks there until it ends";
pub const REFUSED: &str = "a job that finds no place gets an error: it waits until there is one";
pub const NO_JOIN: &str = "`run` returned before it joined the room";

/// How long a job has to begin that must not begin; a job that may begin is waited for.
pub const TOO_MANY: Duration = Duration::from_millis(200);

/// A stage of the lesson: what it is called, and how its pool is made.
pub type Make = fn() -> io::Result<CpuPool>;

pub fn stages() -> [(&'static str, Make); 2] {
    [("by_semaphore", CpuPool::by_semaphore), ("by_rayon", CpuPool::by_rayon)]
}

/// A job that only ends after the loop has had a turn.
#[track_caller]
pub fn leaves_the_loop_free(make: Make, task: &str) {
    let answer = on_a_loop_until("a job ends that waits for the event loop", async move || {
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
    let answer = answer.or_explain("the job never begins, or its answer is lost", task);
    check(answer == Ok(true), "the job's own answer", told(&answer))
        .or_explain("the answer is not handed on", task);
}

/// Fills the pool with far more jobs than it has places, and lets them go one by one.
#[track_caller]
pub fn runs_as_many_jobs_as_cores(stage: &'static str, make: Make, likely: &str, task: &str) {
    if on_one_core() {
        return;
    }
    let count = 40.max(2 * cores());
    let build = move || Builder::new_current_thread().enable_all().thread_name(stage).build();
    let seen = checks::on_a_loop(build, "the check is done with its jobs", async move || {
        let pool = Arc::new(make().expect("a pool"));
        let gate = Arc::new(Gate::default());
        let mut jobs = hand_in(&pool, &gate, count);
        gate.crowd(cores(), patience() / 3).await;
        let most = gate.crowd(count, TOO_MANY).await;
        let names = thread_names(std::process::id()).unwrap_or_default();
        let threads = names.iter().filter(|name| *name == stage).count();
        let (mut answers, mut refused) = (Vec::new(), None);
        while answers.len() < count && most == cores() {
            gate.let_one_go();
            match timeout(patience() / 4, jobs.join_next()).await {
                Ok(Some(Ok(Ok(answer)))) => answers.push(answer),
                Ok(Some(Ok(refusal))) => {
                    refused = Some(told(&refusal));
                    break;
                }
                _ => break,
            }
        }
        answers.sort();
        (most.max(gate.crowd(0, patience()).await), threads, answers, refused)
    });
    let (most, threads, answers, refused) =
        seen.or_explain("a job keeps its place, although it has ended", task);
    let likely = match most < cores() {
        true => "the pool is narrower than the machine: it has fewer places than there are cores",
        false => likely,
    };
    let expected = match cores() {
        1 => "1 job at once on 1 core".to_owned(),
        cores => format!("{cores} jobs at once on {cores} cores"),
    };
    check(most == cores(), expected, format!("{most} at once")).or_explain(likely, task);
    let expected = format!("{} threads of Tokio's pool at most, while other jobs wait", cores());
    check(threads <= cores(), expected, format!("{threads} threads"))
        .or_explain("a job that waits for its place holds a thread: let the await take the permit", task);
    let (instead, likely) = match answers.len() {
        _ if refused.is_some() => (refused.unwrap_or_default(), REFUSED),
        answered if answered == cores() => {
            (format!("{answered} are answered"), "a job that has ended keeps its place")
        }
        answered if answered < count => (format!("{answered} are answered"), "an answer is lost"),
        _ => ("others".into(), "answers change hands"),
    };
    check(answers.into_iter().eq(0..count), format!("{count} answers, each its job's own"), instead)
        .or_explain(likely, task);
}

/// Tells a child that it is to run on one core.
const ONE_CORE: &str = "COURSE_ONE_CORE";

fn on_one_core() -> bool {
    std::env::var_os(ONE_CORE).is_some()
}

/// Where there is one core, there is one place: the check runs once more on one core alone.
#[track_caller]
pub fn asks_for_the_cores(make: Make, check_name: &str, task: &str) {
    if on_one_core() {
        let most = on_a_loop(async move || {
            let (pool, gate) = (Arc::new(make().expect("a pool")), Arc::new(Gate::default()));
            let _jobs = hand_in(&pool, &gate, 8);
            gate.crowd(8, TOO_MANY).await
        });
        return println!("on {} core: {} at once", cores(), most.unwrap_or_default());
    }
    checks::let_children_hear().expect("children that hear");
    let (_crate, name) = check_name.split_once("::").expect("a test in a module");
    let one = r#"taskset -c "$(taskset -cp $$ | sed 's/.*: *//; s/[,-].*//')" "$0" "$@""#;
    let mut child = Command::new("sh");
    child.args(["-c", one]).arg(std::env::current_exe().expect("this program"));
    let ended = child.args([name, "--exact", "--nocapture"]).env(ONE_CORE, "1").output();
    let told =
        ended.map_or_else(|_| String::new(), |ended| String::from_utf8_lossy(&ended.stdout).into_owned());
    let Some(at_once) = told.lines().find_map(|line| line.split_once("on 1 core: ").map(|(_, told)| told))
    else {
        return checks::pass_over(
            "whether the pool is as wide as a machine of one core: no `taskset` is here",
        );
    };
    check(at_once == "1 at once", "1 job at once on 1 core", at_once)
        .or_explain("the number of places is the same on each machine: `cores()` is what this one has", task);
}

/// A command that takes hours, in a room that drops whoever is silent for a second.
#[track_caller]
pub fn room_goes_on_during(command: &str, task: &str) {
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
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", ended.to_string())
        .or_explain("`run` does not return what `talk` returns", IDEA);
}

/// Where jobs are counted, and wait until they are let go.
pub struct Gate {
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
    pub fn pass(&self) {
        self.inside.send_modify(|(now, most)| (*now, *most) = (*now + 1, (*most).max(*now + 1)));
        let keys = self.keys.lock().unwrap();
        *self.more.wait_while(keys, |keys| *keys == 0).unwrap() -= 1;
        self.inside.send_modify(|(now, _)| *now -= 1);
    }

    /// Lets one job go.
    pub fn let_one_go(&self) {
        *self.keys.lock().unwrap() += 1;
        self.more.notify_one();
    }

    /// Lets all jobs go, those to come too.
    pub fn open(&self) {
        *self.keys.lock().unwrap() = 1_000_000;
        self.more.notify_all();
    }

    /// Waits until `count` jobs were inside at once, and says how many there were at most.
    pub async fn crowd(&self, count: usize, limit: Duration) -> usize {
        let mut inside = self.inside.subscribe();
        let _ = timeout(limit, inside.wait_for(|(_, most)| *most >= count)).await;
        inside.borrow().1
    }
}

/// Hands in jobs that wait at the gate; each answers with its number.
pub fn hand_in(pool: &Arc<CpuPool>, gate: &Arc<Gate>, count: usize) -> JoinSet<Result<usize, Failure>> {
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

/// Runs `work` on the kind of runtime that the client has.
pub fn on_a_loop<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    on_a_loop_until("the check is done with its jobs", work)
}

fn on_a_loop_until<T: Send + 'static>(
    what: &str,
    work: impl AsyncFnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    checks::on_a_loop(|| Builder::new_current_thread().enable_all().build(), what, work)
}

/// What `compute` gave, in words.
pub fn told<T: fmt::Debug>(answer: &Result<T, Failure>) -> String {
    match answer {
        Ok(value) => format!("{value:?}"),
        Err(failure) => format!("`{failure}`"),
    }
}
