//! What the second stage has beyond the first, and no reader is held to: spare workers, started before one is missing,
//! and requests that a dead worker has never read.
#![cfg(unix)]

extern crate self as process_pool;

use std::{fs, os::unix::fs::symlink, process::Command, sync::Arc, time::Duration};

use checks::until;
use common::{
    HOURS, Scratch, bound, calls, eventually, one, outcome, pid, runs, settings, told, with_pool,
    worker_program,
};
pub use solution_13::{fast::ProcessPool, *};
use tokio::{
    runtime::Builder,
    task,
    time::{sleep, timeout},
};

#[allow(dead_code)]
#[path = "../../../lessons/13-process-pool/tests/checks/common.rs"]
mod common;
#[path = "corners/ends.rs"]
mod ends;
#[path = "corners/starts.rs"]
mod starts;

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

/// What a worker has not read when it dies, has not begun: another one does it, whether or not all of it was written.
/// Linux tells how much that is.
#[test]
#[cfg(target_os = "linux")]
fn unread_request_goes_to_another_worker() {
    let long = vec![7; 4 << 20];
    let jobs = [
        (Job::Upper("tea".into()), Answer::Text("TEA".into())),
        (Job::Echo(long.clone()), Answer::Bytes(long)),
    ];
    with_pool(one(), TASK, async |pool| {
        for (job, answer) in jobs {
            let worker = pid(&pool).await;
            let stopped = Command::new("kill").args(["-STOP", &worker.to_string()]).status();
            assert!(stopped.unwrap().success());
            // The signal was sent; the worker may still take what comes before it obeys.
            let stat = || fs::read_to_string(format!("/proc/{worker}/stat")).unwrap_or_default();
            assert!(eventually(async || stat().contains(") T ").then_some(())).await.is_some());
            let mut call = calls(&pool, 1, || job.clone());
            runs(&pool, 1, 0).await.unwrap();
            // Long enough for the request to be written, as far as it can be.
            sleep(Duration::from_millis(50)).await;
            checks::kill(worker);
            assert!(told(&mut call).await == Some(Ok(answer)), "another worker does it");
        }
    });
}

/// What a worker has said before it is killed still counts: what it gave back, what it did, and so what it has begun.
/// What is behind that goes to another one. Whoever asks meanwhile sees all of them, and a shutdown waits for them.
#[test]
fn last_replies_count() {
    let [gate, begun] = ["last-gate", "last-begun"].map(Scratch::file);
    let there = Scratch::worker("last");
    let waits = Scratch::waits_for(&gate);
    let hangs = Scratch::script("hangs", &format!("touch {}; exec sleep 1000", begun.path()));
    with_pool(Settings { program: Some(there.0.clone()), ..one() }, TASK, async move |pool| {
        let killed = calls(&pool, 1, || waits.job());
        runs(&pool, 1, 0).await.unwrap();
        let tea = || Job::Upper("tea".into());
        let jobs = [tea(), Job::Pid, tea(), hangs.job(), tea()];
        let [back, mut id, mut done, mut dies, mut other] = jobs.map(|job| calls(&pool, 1, || job.clone()));
        runs(&pool, 1, 5).await.unwrap();
        drop(back);
        while pool.stats().waiting > 4 {
            task::yield_now().await;
        }
        // Its keeper has asked for it when this goes on.
        task::yield_now().await;
        fs::write(&gate.0, "").unwrap();
        // The loop stands still: it reads no reply before it hears that nobody waits for the first.
        until(|| begun.0.exists(), "the fifth begins", "it does not").unwrap();
        drop(killed);
        while pool.stats().running > 0 {
            task::yield_now().await;
        }
        assert_eq!(pool.stats().waiting, 4);
        let ended = pool.shutdown(bound() / 2).await;
        assert_eq!((ended.finished, ended.killed), (4, 0));
        let death = told(&mut dies).await;
        assert!(matches!(&death, Some(Err(Failure::Died(why))) if why.contains("SIGKILL")), "{death:?}");
        assert!(matches!(told(&mut id).await, Some(Ok(Answer::Number(_)))));
        for call in [&mut done, &mut other] {
            assert_eq!(told(call).await, Some(Ok(Answer::Text("TEA".into()))));
        }
    });
}

/// Where the runtime ends before a death is settled, nothing is left that waits.
#[test]
fn ended_runtime_leaves_nothing_unsettled() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let unsettled = async {
        let pool = Arc::new(ProcessPool::new(one()));
        let killed = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.unwrap();
        calls(&pool, 1, || HOURS).detach_all();
        runs(&pool, 1, 1).await.unwrap();
        drop(killed);
        while pool.stats().running > 0 {
            task::yield_now().await;
        }
        assert_eq!(pool.stats().waiting, 1);
        pool
    };
    let pool = runtime.block_on(async { timeout(bound(), unsettled).await }).unwrap();
    drop(runtime);
    assert_eq!(pool.stats().waiting, 0);
}
