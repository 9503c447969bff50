//! Workers that behave as no worker should, each a shell script, and what their callers hear.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::{program, shell_word};
use futures_util::future::{join, join_all};
use tokio::time::{sleep, timeout};
use worker_process::{Answer, Failure, Job, WorkerProcess};

use super::common::{Scratch, TASK_4, bound, is_gone, none, on_a_loop, path, said};

/// What a shell script answers, that is started as a worker; the process must be gone then.
#[track_caller]
pub fn answer_of(name: &str, script: &str) -> Result<Answer, Failure> {
    let file = Scratch::script(name, script);
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&file.0).expect("a worker");
        let answer = worker.call(Job::Pid).await;
        if let Err(Failure::Died(_)) = answer {
            is_gone(worker.id()).await;
        }
        answer
    })
}

/// What 20 calls at once are told by a worker that takes more bytes than one request has, and exits.
pub fn told_by_a_collector() -> String {
    let collects = Scratch::script("collects", "head -c 100 > /dev/null; exit 7");
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&collects.0).expect("a worker");
        let calls = join_all([(); 20].map(|()| worker.call(Job::Pid)));
        timeout(bound() / 2, calls).await.map_or_else(|_| none(), |told| said(&told))
    })
}

/// What a worker is heard to say whose replies are still in the pipe when the next request cannot be written.
pub fn told_before_a_failed_write() -> Vec<Result<Answer, Failure>> {
    let closed = Scratch::file("no-more");
    // It leaves its pipes to a shell, which takes no more requests, and lives on.
    let program = shell_word(&path(&program!("12")));
    let script = format!("{program} --worker; exec <&-; touch {}; exec sleep 1000", closed.path());
    let leaves = Scratch::script("leaves", &script);
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&leaves.0).expect("a worker");
        let calls =
            [Job::Primes(200_000), Job::Upper("tea".into()), Job::Exit(0)].map(|job| worker.call(job));
        let late = async {
            while !closed.0.exists() {
                // The requests are on their way then; and until the worker is gone the event loop stands still.
                sleep(Duration::from_millis(20)).await;
                let began = Instant::now();
                while !closed.0.exists() && began.elapsed() < bound() / 8 {
                    thread::sleep(Duration::from_millis(2));
                }
            }
            worker.call(Job::Pid).await
        };
        join(join_all(calls), late).await.0
    })
}
