//! Task 4, leave nothing behind: whoever shuts down hears what became of all, and no process is left.

use std::{sync::Arc, time::Duration};

use checks::{Explain, check, patience};
#[cfg(unix)]
use checks::{descendants, is_running};
use process_pool::{Failure, Job, ProcessPool, Settings};
use tokio::{task, time::timeout};

#[cfg(unix)]
use super::common::{GIVEN, Orphan, signal, until, visit};
use super::common::{
    HOURS, TASK_4, bound, calls, is_gone, on_a_loop, one, pid, runs, said, settings, with_pool,
};

/// Shutting down lets requests end that can, kills the others, and says how many there were.
#[test]
fn shutdown_says_what_became_of_all() {
    on_a_loop(TASK_4, async || {
        let pool = Arc::new(ProcessPool::new(Settings { workers: 2, ..settings() }));
        let _hours = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_4);
        let mut short = calls(&pool, 3, || Job::Slow(Duration::from_millis(100)));
        task::yield_now().await;
        // Nothing happens between this look and the closing: the loop has no turn.
        let before = pool.stats();
        let (all, workers) = ((before.running + before.waiting) as u64, before.workers);
        let ended = pool.shutdown(Duration::from_millis(1500)).await;
        let expected = format!("{} finished, 1 killed", all - 1);
        check((ended.finished, ended.killed) == (all - 1, 1), expected, said(&ended))
            .or_explain("requests that wait are given up at once, or nothing is counted", TASK_4);
        while let Some(answer) = short.join_next().await {
            let answer = answer.expect("no panic");
            check(answer.is_ok(), "an answer for each request that could end", said(&answer))
                .or_explain("requests that wait are given up at once", TASK_4);
        }
        let late = timeout(bound() / 5, pool.call(Job::Pid)).await;
        check(late == Ok(Err(Failure::Closed)), "`Closed` for whoever comes later", said(&late))
            .or_explain("a closed pool takes requests", TASK_4);
        for worker in workers {
            is_gone(worker, TASK_4).await;
        }
    });
}

/// Whoever still waits when the limit ends is told so, and does not wait for ever.
#[test]
fn shutdown_tells_those_who_wait() {
    with_pool(one(), TASK_4, async |pool| {
        let mut calls = calls(&pool, 2, || HOURS);
        runs(&pool, 1, 1).await.or_explain("the request never reaches a worker", TASK_4);
        pool.shutdown(Duration::ZERO).await;
        for _ in 0..2 {
            let told = timeout(bound() / 5, calls.join_next()).await.ok().flatten();
            let told = told.map(|answer| answer.expect("no panic"));
            check(told == Some(Err(Failure::Closed)), "`Closed` for each request that was left", said(&told))
                .or_explain("a request that waits at the desk is never told of the end", TASK_4);
        }
    });
}

/// A pool that has nothing to do shuts down at once.
#[test]
fn idle_pool_shuts_down_at_once() {
    with_pool(one(), TASK_4, async |pool| {
        let worker = pid(&pool).await;
        let ended = timeout(bound() / 2, pool.shutdown(2 * patience())).await;
        check(ended.is_ok(), "the end, although 12 s are allowed", "it still waits")
            .or_explain("the limit is waited out although nothing runs", TASK_4);
        is_gone(worker, TASK_4).await;
    });
}

/// A client that is killed leaves no process behind: an idle worker ends, and one that computes.
#[test]
#[cfg(unix)]
fn killed_client_leaves_no_orphan() {
    for line in ["/upper tea", "/primes 300000000000"] {
        let (mut client, _room) = visit();
        client.type_line(line);
        let started = || descendants(client.process()).is_none_or(|workers| !workers.is_empty());
        until(started, "a worker starts", "none does").or_explain(GIVEN, TASK_4);
        let workers: Vec<_> =
            descendants(client.process()).unwrap_or_default().into_iter().map(Orphan).collect();
        signal(client.process(), "KILL");
        client.exits().or_explain("SIGKILL ends every process", TASK_4);
        let gone = || workers.iter().all(|worker| is_running(worker.0) != Some(true));
        until(gone, "all workers end with their client", "one still runs").or_explain(GIVEN, TASK_4);
    }
}
