//! What the tasks share: workers of their own, clients at a terminal, and waiting for what only the system tells.

#[cfg(unix)]
use std::process::Command;
use std::{
    fmt::Debug,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use checks::{
    Client, Explain, Missed, Program, ScriptedRoom, check, is_left, is_running, kill, patience, program,
    span, until, within,
};
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};
use worker_process::{Answer, Failure, Job, WorkerProcess};

pub const IDEA: &str = "12-worker-process.md#the-idea";
pub const TASK_3: &str = "12-worker-process.md#task-3-hear-the-end-while-you-compute";
pub const TASK_4: &str = "12-worker-process.md#task-4-a-number-for-each-request";
pub const NO_JOIN: &str = "`run` returned before it joined the room";
pub const GIVEN: &str = "what the lesson gives you was changed: compare it with `cargo course diff 12`";

/// A job that takes hours.
pub const HOURS: &str = "/primes 300000000000";

/// How long a check on a loop of its own may take: less than `patience()`, so that the loop still ends its workers.
pub fn bound() -> Duration {
    patience() * 5 / 6
}

/// What came of a wait for half of that time.
pub fn none() -> String {
    format!("none in {}", span(bound() / 2))
}

/// A client that has joined a room.
#[track_caller]
pub fn visit() -> (Client, ScriptedRoom) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("12"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    (client, room)
}

/// The number of the client's worker.
#[track_caller]
pub fn pid(client: &mut Client) -> u32 {
    client.type_line("/pid");
    client.shows("== /pid: ").or_explain(GIVEN, IDEA);
    let deadline = Instant::now() + patience();
    loop {
        let screen = client.screen();
        let (_, told) = screen.rsplit_once("== /pid: ").unwrap_or_default();
        if let Some((number, _)) = told.split_once('\n') {
            return number.trim().parse().expect("a number");
        }
        assert!(Instant::now() < deadline, "the line with the number has no end");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A worker whose client is gone; dropping it ends the process if nothing else has.
pub struct Orphan(pub u32);

impl Orphan {
    /// Waits until the process is gone; a zombie is.
    pub fn ends(&self, why: &str) -> Result<(), Missed> {
        let expected = format!("the worker ends when {why}");
        until(|| is_running(self.0) != Some(true), &expected, "it still runs")
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if is_running(self.0) == Some(true) {
            kill(self.0);
        }
    }
}

/// Checks what comes of a job.
pub async fn answers(
    worker: &WorkerProcess,
    job: Job,
    expected: Result<Answer, Failure>,
) -> Result<(), Missed> {
    let name = format!("{job:?}");
    let answer = timeout(bound() / 2, worker.call(job)).await;
    let Ok(answer) = answer else { return Err(Missed::new(format!("an answer to {name}"), none())) };
    check(answer == expected, format!("{} for {name}", said(&expected)), said(&answer))
}

/// A value in a few words, however long it is.
pub fn said(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 120 { text } else { text.chars().take(120).collect::<String>() + " …" }
}

/// The program, to be started as a worker.
pub fn path(program: &Program) -> PathBuf {
    PathBuf::from(program.command().get_program())
}

/// A file that is removed when this is dropped.
#[cfg(unix)]
pub struct Scratch(pub PathBuf);

#[cfg(unix)]
impl Scratch {
    pub fn file(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("lesson-12-{name}-{}", std::process::id())))
    }

    /// Its path, as a word for a shell.
    pub fn path(&self) -> String {
        checks::shell_word(&self.0)
    }

    /// A program that behaves as no worker should.
    ///
    /// Another process writes it: a file that is open for writing here could not be started.
    pub fn script(name: &str, script: &str) -> Scratch {
        let file = Scratch::file(name);
        let write = "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod +x \"$1\"";
        let written = Command::new("sh").args(["-c", write, "sh"]).arg(&file.0).arg(script).status();
        assert!(written.is_ok_and(|status| status.success()), "{} cannot be written", file.0.display());
        file
    }
}

#[cfg(unix)]
impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs `work` with a worker of its own.
#[track_caller]
pub fn with_worker<T: Send + 'static>(
    task: &str,
    work: impl AsyncFnOnce(&WorkerProcess) -> T + Send + 'static,
) -> T {
    on_a_loop(task, async move || {
        let worker = WorkerProcess::start(&path(&program!("12"))).expect("a worker");
        work(&worker).await
    })
}

/// Runs `work` on the kind of runtime that the client has; one that does not end takes its workers with it.
#[track_caller]
pub fn on_a_loop<T: Send + 'static>(task: &str, work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    let likely = "an answer or an end that the check waits for never comes";
    let ended = within(patience(), "the check is done with its worker", move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let ended = runtime.block_on(async { timeout(bound(), work()).await });
        runtime.shutdown_background();
        ended
    });
    let ended = ended.or_explain("the event loop itself is blocked", task);
    let still = format!("it still waited after {}", span(bound()));
    let missed = |_| Missed::new("the check is done with its worker", still);
    ended.map_err(missed).or_explain(likely, task)
}

/// Waits until a child of this process is gone, and no zombie of it is left.
pub async fn is_gone(process: u32) {
    let gone = timeout(bound() / 2, async {
        while is_left(process) == Some(true) {
            sleep(Duration::from_millis(2)).await;
        }
    });
    let state = match gone.await {
        Ok(()) => return,
        Err(_) if is_running(process) == Some(true) => "it still runs",
        Err(_) => "it is a zombie: nobody waited for it",
    };
    kill(process);
    check(false, "the worker is gone", state).or_explain("nobody kills the worker, and waits for it", TASK_4);
}
