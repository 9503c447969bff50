//! What the tasks share: pools of their own, processes that must be gone, and waiting for what is told only when asked.

use std::{fmt::Debug, path::PathBuf, sync::Arc, time::Duration};
#[cfg(unix)]
use std::{fs, process::Command};

use checks::{
    Client, Explain, Missed, ScriptedRoom, check, is_left, is_running, kill, patience, program, span, within,
};
use process_pool::{Answer, Failure, Job, ProcessPool, Settings};
use tokio::{
    runtime::Builder,
    select,
    task::{JoinSet, yield_now},
    time::{sleep, timeout},
};

pub const IDEA: &str = "13-process-pool.md#the-idea";
pub const TASK_1: &str = "13-process-pool.md#task-1-kill-what-nobody-waits-for";
pub const TASK_2: &str = "13-process-pool.md#task-2-a-keeper-for-each-place";
pub const TASK_3: &str = "13-process-pool.md#task-3-say-why-it-died";
pub const TASK_4: &str = "13-process-pool.md#task-4-leave-nothing-behind";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const GIVEN: &str = "what the lesson gives you was changed: compare it with `cargo course diff 13`";

/// What a caller is told.
pub type Outcome = Result<Answer, Failure>;

/// A job that takes hours.
pub const HOURS: Job = Job::Slow(Duration::from_secs(36_000));

/// How long a check on a loop of its own may take: less than `patience()`, so that the loop still ends its workers.
pub fn bound() -> Duration {
    patience() * 5 / 6
}

/// A pool of one worker.
pub fn one() -> Settings {
    Settings { workers: 1, ..settings() }
}

/// The client's program as the worker.
pub fn settings() -> Settings {
    Settings { program: Some(PathBuf::from(program!("13").command().get_program())), ..Settings::default() }
}

/// The name of the client's program, for a shell.
#[cfg(unix)]
pub fn worker_program() -> String {
    checks::shell_word(&settings().program.expect("a program"))
}

/// Hands in as many jobs at once; dropping what this returns drops the calls.
pub fn calls(pool: &Arc<ProcessPool>, count: usize, job: impl Fn() -> Job) -> JoinSet<Outcome> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let (pool, job) = (pool.clone(), job());
        calls.spawn(async move { pool.call(job).await });
    }
    calls
}

/// Waits until so many requests run, and so many wait.
pub async fn runs(pool: &ProcessPool, running: usize, waiting: usize) -> Result<(), Missed> {
    let is_so = async || {
        let stats = pool.stats();
        ((stats.running, stats.waiting) == (running, waiting) && stats.workers.len() >= running).then_some(())
    };
    let seen = eventually(is_so).await;
    seen.ok_or_else(|| Missed::new(format!("{running} running, {waiting} waiting"), said(&pool.stats())))
}

/// The number of a worker of the pool.
pub async fn pid(pool: &ProcessPool) -> u32 {
    let answer = timeout(bound() / 2, pool.call(Job::Pid)).await;
    let Ok(Ok(Answer::Number(id))) = answer else {
        check(false, "an answer to `Job::Pid`", said(&answer)).or_explain("no worker answers", TASK_2);
        return 0;
    };
    id as u32
}

/// Checks what comes of a job.
pub async fn answers(pool: &ProcessPool, job: Job, expected: Outcome) -> Result<(), Missed> {
    let name = said(&job);
    let answer = timeout(bound() / 2, pool.call(job)).await;
    let Ok(answer) = answer else {
        return Err(Missed::new(format!("an answer to {name}"), format!("none in {}", span(bound() / 2))));
    };
    check(answer == expected, format!("{} for {name}", said(&expected)), said(&answer))
}

/// Has the pool do something short, which any worker can do.
pub async fn serves(pool: &ProcessPool) -> Result<(), Missed> {
    answers(pool, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into()))).await
}

/// Waits, not for ever, for something that is told only when it is asked for.
pub async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let asking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(bound() / 2, asking).await.ok()
}

/// Waits until a child of this process is gone, and no zombie of it is left.
pub async fn is_gone(process: u32, task: &str) {
    if eventually(async || (is_left(process) != Some(true)).then_some(())).await.is_some() {
        return;
    }
    let state = match is_running(process) {
        Some(true) => "it still runs",
        _ => "it is a zombie: nobody waited for it",
    };
    kill(process);
    check(false, "the worker is gone", state).or_explain("nobody kills the worker, and waits for it", task);
}

/// A process that should end; dropping this ends it if nothing else has.
pub struct Orphan(pub u32);

impl Drop for Orphan {
    fn drop(&mut self) {
        if is_running(self.0) == Some(true) {
            kill(self.0);
        }
    }
}

/// A client that has joined a room.
#[track_caller]
pub fn visit() -> (Client, ScriptedRoom) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("13"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    (client, room)
}

/// A value in a few words, however long it is.
pub fn said(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 160 { text } else { text.chars().take(160).collect::<String>() + " …" }
}

/// What comes of a call, not awaited for ever.
pub async fn outcome(pool: &ProcessPool, job: Job) -> Outcome {
    let none = Failure::TimedOut(bound() / 2);
    timeout(bound() / 2, pool.call(job)).await.unwrap_or(Err(none))
}

/// What comes of a call in a few turns of the loop.
pub async fn at_once(call: impl Future<Output = Outcome>) -> Option<Outcome> {
    select! { outcome = call => Some(outcome), () = some_turns() => None }
}

/// Lets the others of the loop have a few turns.
pub async fn some_turns() {
    for _ in 0..20 {
        yield_now().await;
    }
}

/// A file that is removed when this is dropped.
#[cfg(unix)]
pub struct Scratch(pub PathBuf);

#[cfg(unix)]
impl Scratch {
    pub fn file(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("lesson-13-{name}-{}", std::process::id())))
    }

    /// Its name, for a shell.
    pub fn path(&self) -> String {
        checks::shell_word(&self.0)
    }

    /// A shell's wait for it, a minute or two at most: where a check fails, nobody comes to write the file.
    pub fn awaited(&self) -> String {
        let looks =
            "n=0; until [ -e FILE ] || [ $((n += 1)) -gt 6000 ]; do sleep 0.01; done; [ -e FILE ] || exit 1";
        looks.replace("FILE", &self.path())
    }

    /// Its name, for a script, whose folder this is in: a job has no way to quote a blank in a path.
    pub fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().display().to_string()
    }

    /// A program that behaves as no worker should.
    ///
    /// Another process writes it: a file that is open for writing here could not be started.
    pub fn script(name: &str, script: &str) -> Scratch {
        let file = Scratch::file(name);
        let write =
            "printf '#!/bin/sh\\ncd \"$(dirname \"$0\")\"\\n%s\\n' \"$2\" > \"$1\" && chmod +x \"$1\"";
        let written = Command::new("sh").args(["-c", write, "sh"]).arg(&file.0).arg(script).status();
        assert!(written.is_ok_and(|status| status.success()), "{} cannot be written", file.0.display());
        file
    }

    /// A program that is the worker, in the folder where programs of a check are.
    pub fn worker(name: &str) -> Scratch {
        Scratch::script(name, &format!("exec {} \"$@\"", worker_program()))
    }

    /// A program that ends when there is such a file.
    pub fn waits_for(gate: &Scratch) -> Scratch {
        Scratch::script(&format!("waits-for-{}", gate.name()), &gate.awaited())
    }

    /// The job that runs this program, in a worker whose program is in the same folder.
    pub fn job(&self) -> Job {
        Job::Run(format!("./{}", self.name()))
    }
}

#[cfg(unix)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs `work` with a pool of its own.
#[track_caller]
pub fn with_pool<T: Send + 'static>(
    settings: Settings,
    task: &str,
    work: impl AsyncFnOnce(Arc<ProcessPool>) -> T + Send + 'static,
) -> T {
    on_a_loop(task, async move || work(Arc::new(ProcessPool::new(settings))).await)
}

/// Runs `work` on the kind of runtime that the client has; one that does not end takes its workers with it.
#[track_caller]
pub fn on_a_loop<T: Send + 'static>(task: &str, work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    let likely = "an answer or an end that the check waits for never comes";
    let ended = within(patience(), "the check is done with its pool", move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let ended = runtime.block_on(async { timeout(bound(), work()).await });
        runtime.shutdown_background();
        ended
    });
    let ended = ended.or_explain("the event loop itself is blocked", task);
    let still = format!("it still waited after {}", span(bound()));
    let missed = |_| Missed::new("the check is done with its pool", still);
    ended.map_err(missed).or_explain(likely, task)
}

/// What the next of these calls is told; nothing where that takes too long.
pub async fn told(calls: &mut JoinSet<Outcome>) -> Option<Outcome> {
    let told = timeout(bound() / 2, calls.join_next()).await.ok().flatten();
    told.map(|outcome| outcome.expect("no panic"))
}
