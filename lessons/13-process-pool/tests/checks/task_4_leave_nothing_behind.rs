//! Task 4, leave nothing behind: whoever shuts down hears what became of all, and no process is left.

use std::{sync::Arc, time::Duration};

use checks::{Explain, check, descendants, is_running, kill, patience, until, within};
use process_pool::{Failure, Job, ProcessPool, Settings};
use tokio::{
    join,
    runtime::Builder,
    task::{self, JoinSet},
    time::timeout,
};

use super::common::{
    GIVEN, HOURS, Orphan, TASK_4, bound, calls, is_gone, on_a_loop, one, pid, runs, said, settings, told,
    visit, with_pool,
};
#[cfg(unix)]
use super::common::{Scratch, TASK_2, eventually};

/// Shutting down lets requests end that can, kills the others, and says how many there were.
#[test]
fn shutdown_says_what_became_of_all() {
    on_a_loop(TASK_4, async || {
        let pool = Arc::new(ProcessPool::new(Settings { workers: 2, ..settings() }));
        pid(&pool).await;
        let mut hours = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_4);
        let mut short = calls(&pool, 4, || Job::Slow(Duration::from_millis(50)));
        task::yield_now().await;
        // Nothing happens between this look and the closing: the loop has no turn.
        let before = pool.stats();
        let (all, workers) = ((before.running + before.waiting) as u64, before.workers);
        let ended = pool.shutdown(Duration::from_millis(1500)).await;
        let expected = format!("{} finished, 1 killed", all - 1);
        let killed = told(&mut hours).await;
        let likely = match (ended.finished == all, &killed) {
            (true, Some(Err(Failure::Died(_)))) => "a job that is killed at the limit counts as finished",
            (true, _) => "what had its answer before the shutdown is counted, too",
            (false, _) if ended.finished + ended.killed == all => {
                "a request that could end within the limit is given up before it"
            }
            (false, _) => "requests that wait are given up at once, or nothing is counted",
        };
        check((ended.finished, ended.killed) == (all - 1, 1), expected, said(&ended))
            .or_explain(likely, TASK_4);
        check(killed == Some(Err(Failure::Closed)), "`Closed` for the job that was killed", said(&killed))
            .or_explain("whoever is left at the limit hears of a death, or of nothing", TASK_4);
        while let Some(answer) = short.join_next().await {
            let answer = answer.expect("no panic");
            check(answer.is_ok(), "an answer for each request that could end", said(&answer))
                .or_explain("requests that wait are given up at once", TASK_4);
        }
        let after = pool.stats();
        let nothing = after.workers.is_empty() && (after.running, after.waiting) == (0, 0);
        check(nothing, "no worker, 0 running, 0 waiting after it", said(&after))
            .or_explain("what was killed is still counted", TASK_4);
        let again = pool.shutdown(Duration::ZERO).await;
        check((again.finished, again.killed) == (0, 0), "0 and 0 the second time", said(&again))
            .or_explain("what was killed is still counted", TASK_4);
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
    with_pool(Settings { waiting: 1, ..one() }, TASK_4, async |pool| {
        let mut calls = calls(&pool, 2, || HOURS);
        runs(&pool, 1, 1).await.or_explain("the request never reaches a worker", TASK_4);
        // The queue is full, and the pool is closed when this one comes.
        let (ended, late) = join!(pool.shutdown(Duration::ZERO), timeout(bound() / 5, pool.call(Job::Pid)));
        check(late == Ok(Err(Failure::Closed)), "`Closed`, although the queue is full", said(&late))
            .or_explain("a closed pool looks for room first, or takes requests", TASK_4);
        check((ended.finished, ended.killed) == (0, 2), "0 finished, 2 killed", said(&ended))
            .or_explain("what never began is not counted, or counted as finished", TASK_4);
        for _ in 0..2 {
            let told = timeout(bound() / 5, calls.join_next()).await.ok().flatten();
            let told = told.map(|answer| answer.expect("no panic"));
            check(told == Some(Err(Failure::Closed)), "`Closed` for each request that was left", said(&told))
                .or_explain("a request that waits at the desk is never told of the end", TASK_4);
        }
    });
}

/// A pool that has nothing to do shuts down at once, however long the limit is.
#[test]
fn idle_pool_shuts_down_at_once() {
    for limit in [2 * patience(), Duration::MAX] {
        with_pool(one(), TASK_4, async move |pool| {
            let worker = pid(&pool).await;
            let ended = timeout(bound() / 2, pool.shutdown(limit)).await;
            check(ended.is_ok(), format!("the end, although {limit:?} are allowed"), "it still waits")
                .or_explain("the limit is waited out although nothing runs", TASK_4);
            is_gone(worker, TASK_4).await;
        });
    }
}

/// A start that nobody waits for any more holds no shutdown up.
#[test]
#[cfg(unix)]
fn shutdown_waits_for_no_start() {
    let silent = Scratch::script("quiet", "exec sleep 1000");
    with_pool(Settings { program: Some(silent.0.clone()), ..one() }, TASK_4, async |pool| {
        let mut call = calls(&pool, 1, || Job::Pid);
        let started = eventually(async || (pool.stats().started > 0).then_some(())).await;
        check(started.is_some(), "a worker starts for the request", said(&pool.stats()))
            .or_explain("what starts is not counted", TASK_2);
        call.shutdown().await;
        let ended = timeout(bound() / 2, pool.shutdown(2 * patience())).await;
        check(ended.is_ok(), "the end, since nobody waits", "it still waits")
            .or_explain("a keeper waits for the start of its worker, although the pool is over", TASK_4);
    });
}

/// Two that shut down at once wait for the same requests, and tell the same.
#[test]
fn two_shutdowns_agree() {
    with_pool(one(), TASK_4, async |pool| {
        let calls = calls(&pool, 3, || Job::Slow(Duration::from_millis(100)));
        runs(&pool, 1, 2).await.or_explain("the requests never reach a worker", TASK_4);
        let (one, other) = join!(pool.shutdown(bound()), pool.shutdown(bound()));
        let told = [(one.finished, one.killed), (other.finished, other.killed)];
        check(told[0] == told[1], "both tell the same", said(&told))
            .or_explain("the second one takes what the first one waits for", TASK_4);
        let answers = calls.join_all().await;
        check(answers.iter().all(Result::is_ok), "3 answers within the limit", said(&answers))
            .or_explain("the second one kills what the first one waits for", TASK_4);
    });
}

/// Whoever gives a shutdown up leaves nobody without an outcome.
#[test]
fn given_up_shutdown_leaves_nobody_waiting() {
    with_pool(one(), TASK_4, async |pool| {
        let mut calls = calls(&pool, 3, || Job::Slow(Duration::from_millis(200)));
        runs(&pool, 1, 2).await.or_explain("the requests never reach a worker", TASK_4);
        let ended = timeout(Duration::from_millis(20), pool.shutdown(bound())).await;
        check(ended.is_err(), "a shutdown that waits for 0.2 s at least", said(&ended))
            .or_explain("it does not wait for the requests", TASK_4);
        for number in 1..=3 {
            let told = timeout(bound() / 2, calls.join_next()).await;
            check(told.is_ok(), format!("outcome {number} of 3, after the shutdown was given up"), "none")
                .or_explain("who would have told the callers ends with the shutdown", TASK_4);
        }
    });
}

/// The limit is one for all: it does not begin anew with each request that ends.
#[test]
fn limit_is_one_for_all() {
    with_pool(Settings { workers: 6, ..settings() }, TASK_4, async |pool| {
        let mut calls = JoinSet::new();
        for millis in [800, 1700, 1700, 1700, 1700, 1700] {
            let pool = pool.clone();
            calls.spawn(async move { pool.call(Job::Slow(Duration::from_millis(millis))).await });
        }
        task::yield_now().await;
        let ended = pool.shutdown(Duration::from_secs(1)).await;
        check(ended.killed > 0, "jobs of 1.7 s are killed after 1 s", said(&ended))
            .or_explain("the limit begins anew with each keeper that ends", TASK_4);
    });
}

/// Dropping the pool kills at once, although the loop of its keepers has no turn any more.
#[test]
fn dropped_pool_kills_without_a_turn() {
    let dropped = within(patience(), "the pool is dropped", || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (pool, worker) = runtime.block_on(async {
            let pool = ProcessPool::new(one());
            let worker = pid(&pool).await;
            (pool, Orphan(worker))
        });
        drop(pool);
        (runtime, worker)
    });
    let (runtime, worker) = dropped.or_explain("the drop waits for the loop", TASK_4);
    until(|| is_running(worker.0) != Some(true), "the worker ends with its pool", "it runs on")
        .or_explain("only a keeper could kill it, and that has no turn", TASK_4);
    drop(runtime);
}

/// A pool whose runtime has ended does no work, and says so.
#[test]
fn pool_without_its_runtime_is_an_error() {
    let told = within(patience(), "the check ends", || {
        let [its_own, other] = [(); 2].map(|()| Builder::new_current_thread().enable_all().build());
        let (its_own, other) = (its_own.expect("a runtime"), other.expect("a runtime"));
        let pool = its_own.block_on(async { ProcessPool::new(one()) });
        drop(its_own);
        other.block_on(async { timeout(bound() / 2, pool.call(Job::Pid)).await.is_ok() })
    });
    let told = told.or_explain("the event loop itself is blocked", TASK_4);
    check(told, "an outcome, whichever", "none")
        .or_explain("a request waits for keepers that are gone", TASK_4);
}

/// A client that is killed leaves no process behind: an idle worker ends, and one that computes.
#[test]
fn killed_client_leaves_no_orphan() {
    for line in ["/upper tea", "/primes 300000000000"] {
        let (mut client, _room) = visit();
        client.type_line(line);
        let started = || descendants(client.process()).is_none_or(|workers| !workers.is_empty());
        until(started, "a worker starts", "none does").or_explain(GIVEN, TASK_4);
        let workers: Vec<_> =
            descendants(client.process()).unwrap_or_default().into_iter().map(Orphan).collect();
        kill(client.process());
        client.exits().or_explain("a kill ends every process", TASK_4);
        let gone = || workers.iter().all(|worker| is_running(worker.0) != Some(true));
        until(gone, "all workers end with their client", "one still runs").or_explain(GIVEN, TASK_4);
    }
}
