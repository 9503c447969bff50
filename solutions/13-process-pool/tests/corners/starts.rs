//! How a pool goes on where workers cannot be started: a first stage and a second one include this.

use std::{fs, sync::Arc, time::Duration};

use checks::patience;
use process_pool::{Answer, Job, ProcessPool, Settings};
use tokio::{task::JoinSet, time::timeout};

use crate::common::{Outcome, Scratch, calls, eventually, runs, settings, with_pool, worker_program};

const TASK: &str = "13-process-pool.md#task-2-a-keeper-for-each-place";

/// A program that is a worker as long as there is no such file; it is removed with the program.
fn worker_without(broken: &Scratch, name: &str) -> Scratch {
    Scratch::script(name, &format!("[ -e {} ] && exit 1; exec {} \"$@\"", broken.path(), worker_program()))
}

/// Has the first of two workers run `waits`; then no other one can be started.
async fn half_broken(pool: &Arc<ProcessPool>, broken: &Scratch, waits: &Scratch) -> JoinSet<Outcome> {
    let first = calls(pool, 1, || waits.job());
    runs(pool, 1, 0).await.unwrap();
    fs::write(&broken.0, "").unwrap();
    first
}

/// While a worker lives, a request that finds none is a new reason to start one, and serves those that wait.
#[test]
fn new_request_is_a_new_reason_to_start() {
    let [broken, gate] = ["mended", "mended-gate"].map(Scratch::file);
    let (program, waits) = (worker_without(&broken, "mended-program"), Scratch::waits_for(&gate));
    let settings = Settings { program: Some(program.0.clone()), workers: 2, ..settings() };
    with_pool(settings, TASK, async move |pool| {
        let _first = half_broken(&pool, &broken, &waits).await;
        let mut tea = calls(&pool, 1, || Job::Upper("tea".into()));
        assert!(eventually(async || (pool.stats().started >= 4).then_some(())).await.is_some());
        fs::remove_file(&broken.0).unwrap();
        let is_answered = eventually(async || {
            let _ = timeout(Duration::from_millis(50), pool.call(Job::Pid)).await;
            tea.try_join_next()
        });
        assert_eq!(is_answered.await.map(Result::unwrap), Some(Ok(Answer::Text("TEA".into()))));
        fs::write(&gate.0, "").unwrap();
    });
}

/// A worker that goes on is none: where no other one could be started, those that wait are left to those that live.
#[test]
fn living_workers_are_no_reason_to_start() {
    let [broken, gate] = ["broken", "broken-gate"].map(Scratch::file);
    let (program, waits) = (worker_without(&broken, "broken-program"), Scratch::waits_for(&gate));
    let settings = Settings { program: Some(program.0.clone()), workers: 2, ..settings() };
    with_pool(settings, TASK, async move |pool| {
        let first = half_broken(&pool, &broken, &waits).await;
        let waiting = calls(&pool, 4, || Job::Slow(Duration::from_millis(50)));
        assert!(eventually(async || (pool.stats().started >= 4).then_some(())).await.is_some());
        fs::write(&gate.0, "").unwrap();
        for mut calls in [first, waiting] {
            while let Some(answer) = timeout(patience() / 2, calls.join_next()).await.unwrap() {
                answer.unwrap().unwrap();
            }
        }
        assert_eq!(pool.stats().started, 4, "the first one, and three tries of another");
    });
}
