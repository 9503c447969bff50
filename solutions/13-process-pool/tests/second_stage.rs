//! What the second stage has beyond the first, and no reader is held to: spare workers, started before one is missing,
//! and requests that a dead worker has never read.
#![cfg(unix)]

extern crate self as process_pool;

use std::{fs, os::unix::fs::symlink, process::Command, sync::Arc, time::Duration};

use common::{
    HOURS, Scratch, bound, calls, eventually, one, outcome, pid, runs, settings, with_pool, worker_program,
};
pub use solution_13::{fast::ProcessPool, *};
use tokio::time::{sleep, timeout};

#[allow(dead_code)]
#[path = "../../../lessons/13-process-pool/tests/checks/common.rs"]
mod common;

const TASK: &str = "13-process-pool.md#task-5-read-the-second-stage";

/// A pool of one worker and one spare, whose program is at `program`.
fn one_and_a_spare(program: &Scratch) -> Settings {
    Settings { program: Some(program.0.clone()), workers: 1, spare: 1, ..settings() }
}

/// Waits until so many processes live.
async fn live(pool: &Arc<ProcessPool>, processes: usize) {
    let all = eventually(async || (pool.stats().workers.len() == processes).then_some(())).await;
    assert!(all.is_some(), "{processes} processes, and not {:?}", pool.stats());
}

/// After each death there is a spare: the next request is answered although no worker can be started any more.
#[test]
fn spare_worker_is_there_after_a_death() {
    let (link, real) = (Scratch::file("spare"), settings().program.unwrap());
    symlink(&real, &link.0).unwrap();
    with_pool(one_and_a_spare(&link), TASK, async move |pool| {
        // The first one is a spare, too: nobody has asked for it.
        live(&pool, 1).await;
        for _ in 0..3 {
            let mut call = calls(&pool, 1, || HOURS);
            runs(&pool, 1, 0).await.unwrap();
            live(&pool, 2).await;
            call.shutdown().await;
        }
        let mut call = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.unwrap();
        live(&pool, 2).await;
        fs::remove_file(&link.0).unwrap();
        call.shutdown().await;
        assert_eq!(outcome(&pool, Job::Upper("tea".into())).await, Ok(Answer::Text("TEA".into())));
    });
}

/// A spare does no work while there are as many workers as allowed.
#[test]
fn spare_is_no_worker_more() {
    let [gate, began] = ["spare-gate", "spare-began"].map(Scratch::file);
    let program = Scratch::script("spare-program", &format!("exec {} \"$@\"", worker_program()));
    let waits = Scratch::waits_for(&gate);
    with_pool(one_and_a_spare(&program), TASK, async move |pool| {
        let first = calls(&pool, 1, || waits.job());
        runs(&pool, 1, 0).await.unwrap();
        live(&pool, 2).await;
        let second = calls(&pool, 1, || Job::Run(format!("touch {}", began.name())));
        runs(&pool, 1, 1).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        assert!(!began.0.exists(), "the spare did it");
        fs::write(&gate.0, "").unwrap();
        for call in [first, second] {
            assert!(timeout(bound() / 2, call.join_all()).await.unwrap()[0].is_ok());
        }
        assert_eq!(pool.stats().workers.len(), 2);
    });
}

/// A spare keeps no pool from its end.
#[test]
fn shutdown_ends_the_spare() {
    with_pool(Settings { workers: 1, spare: 2, ..settings() }, TASK, async |pool| {
        live(&pool, 2).await;
        timeout(bound() / 2, pool.shutdown(Duration::MAX)).await.unwrap();
        assert_eq!(pool.stats().workers, []);
    });
}

/// What a worker has not read when it dies, has not begun: another one does it. Linux tells how much that is.
#[test]
#[cfg(target_os = "linux")]
fn unread_request_goes_to_another_worker() {
    with_pool(one(), TASK, async |pool| {
        let worker = pid(&pool).await;
        let stopped = Command::new("kill").args(["-STOP", &worker.to_string()]).status();
        assert!(stopped.unwrap().success());
        let mut tea = calls(&pool, 1, || Job::Upper("tea".into()));
        runs(&pool, 1, 0).await.unwrap();
        // Long enough for the request to be written.
        sleep(Duration::from_millis(50)).await;
        checks::kill(worker);
        let answer = timeout(bound() / 2, tea.join_next()).await.unwrap().unwrap().unwrap();
        assert_eq!(answer, Ok(Answer::Text("TEA".into())));
    });
}
