//! What the tasks share: a server, machines, and jobs that leave marks and wait until they are let go.

use std::{
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use another_machine::{Answer, Failure, Job, Machines, Outcome, Settings};
use async_nats::{
    Subscriber,
    jetstream::{self, stream::Stream},
};
use checks::{
    Explain, Host, Machine, Missed, NatsServer, check, descendants, is_running, patience, program,
    shell_word, span, within,
};
use futures_util::TryStreamExt;
use tokio::{
    runtime::Builder,
    task::{self, AbortHandle, JoinHandle},
    time::{sleep, timeout},
};

pub const IDEA: &str = "15-another-machine.md#the-idea";
pub const TASK_1: &str = "15-another-machine.md#task-1-jobs-that-are-kept";
pub const TASK_2: &str = "15-another-machine.md#task-2-confirm-last";
pub const TASK_3: &str = "15-another-machine.md#task-3-answers-that-wait";
pub const TASK_4: &str = "15-another-machine.md#task-4-cancel-from-afar";
pub const JOB_STAYS: &str = "a job that is done is never confirmed, or its stream keeps what is confirmed";
pub const ANSWER_STAYS: &str =
    "an answer that its caller has is never confirmed, or its stream keeps what is confirmed";
pub const GIVEN: &str = "what the lesson gives you was changed: compare it with `cargo course diff 15`";

/// A job of a check: it notes that it runs, waits while it is held, and says its name.
const SCRIPT: &str = r#"
echo "$1 $PPID" >> runs
while [ -e "hold-$1" ]; do sleep 0.02; done
echo "$1 is done"
"#;

/// A job that nobody survives: it kills the parent of its worker process, which is the machine.
const DEADLY: &str = r#"
echo "deadly $PPID" >> runs
kill -9 "$(ps -o ppid= -p $PPID | tr -d ' ')"
sleep 60
"#;

/// How long a check may take in all: a machine that falls silent is waited for, and some checks wait for three.
pub fn bound() -> Duration {
    patience() * 20
}

/// How long a check waits for one thing: longer than a machine may be silent, and for a job to be done then.
pub fn soon() -> Duration {
    patience() * 2
}

/// A server, a folder in which jobs leave marks, and what looks into the server's streams.
pub struct World {
    /// The server.
    pub server: NatsServer,
    /// Where machines start their jobs.
    pub folder: PathBuf,
}

impl World {
    /// A server with a folder; `None`, and a word about it, where there is no server.
    pub fn new() -> Option<World> {
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let server = NatsServer::start()?;
        let name = format!("lesson-15-{}-{}", process::id(), WORLDS.fetch_add(1, Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("job"), SCRIPT).expect("a script");
        fs::write(folder.join("deadly"), DEADLY).expect("a script");
        // Another process writes it: a file that is open for writing here could not be started.
        let worker = program!("15").command().get_program().to_owned();
        let worker = format!("cd {} && exec {} \"$@\"", shell_word(&folder), shell_word(Path::new(&worker)));
        let write = "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1/worker\" && chmod +x \"$1/worker\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", write, "sh"]).arg(&folder).arg(worker);
        assert!(
            shell.status().is_ok_and(|status| status.success()),
            "{} cannot be written",
            folder.display()
        );
        Some(World { server, folder })
    }

    /// A machine of the server; it takes jobs when this returns.
    pub fn machine(&self) -> Machine {
        self.machine_at(&self.server)
    }

    /// As [`World::machine`], behind a door.
    pub fn machine_at(&self, host: &impl Host) -> Machine {
        let machine = Machine::start(&program!("15"), host, &self.folder);
        machine.shows("takes jobs").or_explain("`serve` returned before it asked for jobs", IDEA);
        machine
    }

    /// A machine inside of this process, which nobody takes for dead; dropping it ends it.
    pub async fn patient_machine(&self) -> Guest {
        self.machine_with(Duration::from_secs(3600)).await
    }

    /// As [`World::patient_machine`], but it may be silent for so long.
    pub async fn machine_with(&self, silence: Duration) -> Guest {
        let settings = Settings { silence, program: Some(self.folder.join("worker")), ..Settings::default() };
        let machine = another_machine::Machine::connect(&self.server.url(), settings).await;
        let machine = machine.expect("the machine has a server");
        Guest(task::spawn(machine.work(std::future::pending())).abort_handle())
    }

    /// A caller of the machines.
    pub async fn caller(&self) -> Arc<Machines> {
        self.caller_with(Settings::default()).await
    }

    /// As [`World::caller`], with other settings.
    pub async fn caller_with(&self, settings: Settings) -> Arc<Machines> {
        caller_at(&self.server, settings).await
    }

    /// Holds the job of this name, until what this returns is dropped.
    pub fn hold(&self, name: &str) -> Held {
        let file = self.folder.join(format!("hold-{name}"));
        fs::write(&file, "").expect("a file");
        Held(file)
    }

    /// The worker processes that began the job of this name, as often as it began.
    pub fn runs(&self, name: &str) -> Vec<u32> {
        let marks = fs::read_to_string(self.folder.join("runs")).unwrap_or_default();
        let of_name = marks.lines().filter_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        of_name.collect()
    }

    /// Waits until the job of this name has begun so often, and tells where it did.
    pub async fn begins(&self, name: &str, times: usize) -> Result<Vec<u32>, Missed> {
        let look = async || Some(self.runs(name)).filter(|runs| runs.len() >= times);
        let begun = eventually(look).await;
        let expected = format!("a machine begins job `{name}`, {times} times, within {}", span(soon()));
        begun.ok_or_else(|| Missed::new(expected, format!("it began {} times", self.runs(name).len())))
    }

    /// Has the engine forget whoever asks this stream for messages.
    pub async fn forgets_consumers(&self, stream: &str) {
        let client = async_nats::connect(self.server.url()).await.expect("a line to the server");
        let stream: Stream = jetstream::new(client).get_stream(stream).await.expect("a stream");
        let names: Vec<String> = stream.consumer_names().try_collect().await.expect("names");
        for name in names {
            stream.delete_consumer(&name).await.expect("a consumer that is there");
        }
    }

    /// Waits until so many jobs and answers are in the engine.
    pub async fn holds(&self, jobs: u64, answers: u64) -> Result<(), Missed> {
        self.holds_within(jobs, answers, soon()).await
    }

    /// Waits until the engine has so many jobs; answers may be there.
    pub async fn holds_jobs(&self, jobs: u64) -> Result<(), Missed> {
        let client = async_nats::connect(self.server.url()).await.expect("a line to the server");
        let engine = jetstream::new(client);
        let look = async || (kept(&engine, "THAW_JOBS").await == Some(jobs)).then_some(());
        let is_so = eventually(look).await.is_some();
        let left = kept(&engine, "THAW_JOBS").await;
        let instead = left.map_or("no stream of jobs".to_owned(), |left| format!("{left} jobs"));
        check(is_so, format!("{jobs} jobs in the engine, within {}", span(soon())), instead)
    }

    /// As [`World::holds`], with a limit of the check's own.
    pub async fn holds_within(&self, jobs: u64, answers: u64, limit: Duration) -> Result<(), Missed> {
        let client = async_nats::connect(self.server.url()).await.expect("a line to the server");
        let engine = jetstream::new(client);
        let look = async || {
            let seen = (kept(&engine, "THAW_JOBS").await, kept(&engine, "THAW_ANSWERS").await);
            (seen == (Some(jobs), Some(answers))).then_some(())
        };
        if eventually_within(limit, look).await.is_some() {
            return Ok(());
        }
        let seen = (kept(&engine, "THAW_JOBS").await, kept(&engine, "THAW_ANSWERS").await);
        let said = |count: Option<u64>| count.map_or("no stream of".to_owned(), |count| count.to_string());
        Err(Missed::new(
            format!("{jobs} jobs and {answers} answers in the engine, within {}", span(limit)),
            format!("{} jobs and {} answers", said(seen.0), said(seen.1)),
        ))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A job that is done when nothing holds it; its marks bear this name.
pub fn job(name: &str) -> Job {
    Job::Run(format!("sh job {name}"))
}

/// A caller of the machines behind `host`.
pub async fn caller_at(host: &impl Host, settings: Settings) -> Arc<Machines> {
    Arc::new(Machines::connect(&host.url(), settings).await.expect("the caller has a server"))
}

async fn kept(engine: &jetstream::Context, name: &str) -> Option<u64> {
    let mut stream: Stream = engine.get_stream(name).await.ok()?;
    Some(stream.info().await.ok()?.state.messages)
}

/// A machine inside of this process.
pub struct Guest(AbortHandle);

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Holds a job; dropping it lets the job go.
pub struct Held(PathBuf);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Hands in a job on a task of its own; aborting it drops the call.
pub fn call(machines: &Arc<Machines>, job: Job) -> JoinHandle<Outcome> {
    let machines = machines.clone();
    task::spawn(async move { machines.call(job).await })
}

/// As [`call`], for the job of [`job`], under that name.
pub fn call_as(machines: &Arc<Machines>, name: &'static str) -> JoinHandle<Outcome> {
    let machines = machines.clone();
    task::spawn(async move { machines.call_as(name, job(name), Duration::from_secs(3600)).await })
}

/// What comes of a call, not awaited for ever.
pub async fn outcome(call: JoinHandle<Outcome>) -> Outcome {
    let none = Err(Failure::TimedOut(soon()));
    timeout(soon(), call).await.map_or(none, |joined| joined.expect("no panic"))
}

/// Checks that a job is done, with its own answer.
pub async fn is_done(call: JoinHandle<Outcome>, name: &str) -> Result<(), Missed> {
    let outcome = outcome(call).await;
    let expected = Ok(Answer::Text(format!("{name} is done")));
    check(outcome == expected, format!("{expected:?} for job `{name}`"), said(&outcome))
}

/// Waits, not for ever, for something that is told only when it is asked for.
pub async fn eventually<T>(look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    eventually_within(soon(), look).await
}

async fn eventually_within<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let asking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(limit, asking).await.ok()
}

/// Waits until a process is gone, or is a zombie that its parent has not waited for yet.
pub async fn is_gone(process: u32) -> Result<(), Missed> {
    let gone = eventually(async || (is_running(process) != Some(true)).then_some(())).await;
    check(gone.is_some(), format!("process {process} is gone, within {}", span(soon())), "it still runs")
}

/// What is said on a subject from now on.
pub async fn heard(url: &str, subject: &str) -> Subscriber {
    let client = async_nats::connect(url).await.expect("a line to the server");
    let heard = client.subscribe(subject.to_owned()).await.expect("a subscription");
    client.flush().await.expect("a server that answers");
    heard
}

/// Which of the machines has a process.
pub fn holder(machines: &[Machine], process: u32) -> Option<usize> {
    machines.iter().position(|machine| {
        descendants(machine.process()).is_some_and(|descendants| descendants.contains(&process))
    })
}

/// A value in a few words, however long it is.
pub fn said(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 160 { text } else { text.chars().take(160).collect::<String>() + " …" }
}

/// Runs `work` with a server of its own; passes over, with a word about it, where there is none.
#[track_caller]
pub fn with_server(task: &str, work: impl AsyncFnOnce(&mut World) + Send + 'static) {
    let Some(mut world) = World::new() else { return };
    let ended = within(bound(), "the check is done with its machines", move || {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(work(&mut world));
        runtime.shutdown_background();
    });
    ended.or_explain("an answer or an end that the check waits for never comes", task);
}
