//! Task 2, a keeper for each place: as many workers as allowed, each with one request, and a queue with an end.

#[cfg(unix)]
use std::fs;
use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Waker},
    time::Duration,
};

#[cfg(unix)]
use checks::{Client, ScriptedRoom, is_left, is_running, program, until};
use checks::{Explain, Missed, check};
use futures_util::future::join_all;
use process_pool::{Answer, Failure, Job, ProcessPool, Settings};
use tokio::{
    runtime::Handle,
    task::{self, JoinSet},
    time::sleep,
};

use super::common::{
    GIVEN, HOURS, TASK_2, TASK_4, at_once, calls, eventually, is_gone, on_a_loop, one, pid, runs, said,
    serves, settings, visit, with_pool,
};
use super::scenes::Asks;
#[cfg(unix)]
use super::{
    common::{IDEA, NO_JOIN, Scratch, TASK_1, bound, told, worker_program},
    scenes::{busy_when_its_runtime_ended, given_up_in_the_queue, span},
};

/// As many requests run at once as there may be workers, and the others wait.
#[test]
fn workers_are_as_many_as_allowed() {
    with_pool(Settings { workers: 3, ..settings() }, TASK_2, async |pool| {
        let _calls = calls(&pool, 7, || HOURS);
        runs(&pool, 3, 4).await.or_explain("there is one worker, or one for each request", TASK_2);
        let workers = pool.stats().workers.len();
        check(workers == 3, "3 workers", format!("{workers}")).or_explain("they are not counted", TASK_2);
    });
}

/// Dropping the pool ends its processes, and leaves no zombie.
#[test]
fn dropped_pool_leaves_nothing() {
    on_a_loop(TASK_4, async || {
        let pool = Arc::new(ProcessPool::new(Settings { workers: 2, ..settings() }));
        let both = async || {
            calls(&pool, 2, || Job::Slow(Duration::from_millis(20))).join_all().await;
            Some(pool.stats().workers).filter(|workers| workers.len() == 2)
        };
        let workers = eventually(both).await.ok_or_else(|| Missed::new("2 workers", said(&pool.stats())));
        let workers = workers.or_explain("two requests do not run at once", TASK_2);
        drop(pool);
        for worker in workers {
            is_gone(worker, TASK_4).await;
        }
        let tasks = || Handle::current().metrics().num_alive_tasks();
        let ended = eventually(async || (tasks() == 0).then_some(())).await;
        check(ended.is_some(), "no task is left of a dropped pool", format!("{} of them", tasks()))
            .or_explain("its keepers wait on, for requests that cannot come", TASK_2);
    });
}

/// So does the end of the runtime, in the middle of a job and of what that has started.
#[test]
#[cfg(unix)]
fn ended_runtime_leaves_nothing() {
    let (worker, grandchildren) = busy_when_its_runtime_ended();
    let ended = || is_left(worker.0) != Some(true);
    until(ended, "the worker is gone when its runtime ended", "it runs, or is a zombie")
        .or_explain("nobody kills the worker of a keeper that is dropped, and waits for it", TASK_4);
    let gone = || grandchildren.iter().all(|process| is_running(process.0) != Some(true));
    until(gone, "what the worker has started is gone too", "it still runs")
        .or_explain("only the worker is killed, and not its group", TASK_1);
}

/// Dropping the future of a call is enough to stop its job.
#[test]
fn dropped_call_kills_its_job() {
    with_pool(one(), TASK_2, async |pool| {
        let worker = pid(&pool).await;
        let mut calls = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_2);
        calls.shutdown().await;
        is_gone(worker, TASK_2).await;
        serves(&pool).await.or_explain("no worker follows the killed one", TASK_2);
    });
}

/// A request that is given up in the queue never begins, and costs no worker.
#[test]
#[cfg(unix)]
fn abandoned_request_never_begins() {
    // A worker that holds requests may be about to begin one when it is asked for it: that is chance, and not each time.
    let seen = (0..4).map(|_| given_up_in_the_queue()).find(|seen| matches!(seen, (Some(Ok(_)), false, 1)));
    let (first, ran, started) = seen.unwrap_or_else(given_up_in_the_queue);
    let likely = "whoever leaves the queue takes the worker along, which is another one's";
    check(matches!(first, Some(Ok(_))), "an answer to the request before it", said(&first))
        .or_explain(likely, TASK_2);
    check(!ran, "the request that was given up never begins", "it ran")
        .or_explain("the queue is not looked through for callers that are gone", TASK_2);
    check(started == 1, "one worker for all of them", format!("{started} started"))
        .or_explain(likely, TASK_2);
}

/// What is short waits behind nothing long, as long as another worker gets free: it has all the rest.
#[test]
#[cfg(unix)]
fn free_worker_takes_the_next_request() {
    let [long, short] = ["long", "short"].map(Scratch::file);
    let there = Scratch::worker("two");
    let (waits_long, waits_short) = (Scratch::waits_for(&long), Scratch::waits_for(&short));
    let settings = Settings { program: Some(there.0.clone()), workers: 2, ..settings() };
    with_pool(settings, TASK_2, async move |pool| {
        let mut longer = calls(&pool, 1, || waits_long.job());
        let shorter = calls(&pool, 1, || waits_short.job());
        runs(&pool, 2, 0).await.or_explain("two requests do not run at once", TASK_2);
        let behind = calls(&pool, 20, || Job::Upper("tea".into()));
        runs(&pool, 2, 20).await.or_explain("requests that find no worker do not wait", TASK_2);
        fs::write(&short.0, "").expect("a file");
        let answered = tokio::time::timeout(bound() / 2, behind.join_all()).await.unwrap_or_default();
        let answered = answered.iter().filter(|answer| answer.is_ok()).count();
        check(answered == 20, "20 answers, while one of two workers is at a long job", answered.to_string())
            .or_explain("requests are bound to a worker before it is free", TASK_2);
        check(longer.try_join_next().is_none(), "the long job still runs", "it has ended")
            .or_explain("a request takes the worker of another one", TASK_2);
        fs::write(&long.0, "").expect("a file");
        for mut waiting in [longer, shorter] {
            let answer = told(&mut waiting).await;
            check(matches!(answer, Some(Ok(_))), "an answer to each job that waits", said(&answer))
                .or_explain("a request takes the worker of another one", TASK_2);
        }
    });
}

/// A request that is given up while its worker starts is never sent, and the worker is there for the next one.
#[test]
#[cfg(unix)]
fn start_goes_on_without_its_caller() {
    let [begun, gate, ran] = ["begun", "gate", "ran"].map(Scratch::file);
    let waits = format!("touch {}; {}", begun.path(), gate.awaited());
    let slow = Scratch::script("slow", &format!("{waits}; exec {} \"$@\"", worker_program()));
    let touch = format!("touch {}", ran.name());
    with_pool(Settings { program: Some(slow.0.clone()), ..one() }, TASK_2, async move |pool| {
        let mut call = calls(&pool, 1, || Job::Run(touch.clone()));
        let begins = eventually(async || begun.0.exists().then_some(())).await;
        check(begins.is_some(), "a worker starts for the request", said(&pool.stats()))
            .or_explain("the request never reaches a keeper", TASK_2);
        call.shutdown().await;
        fs::write(&gate.0, "").expect("a file");
        serves(&pool).await.or_explain("no worker is there for the next request", TASK_2);
        check(!ran.0.exists(), "what was given up during the start is never sent", "it ran")
            .or_explain("a keeper does not look whether the caller still waits before it asks", TASK_2);
        let started = pool.stats().started;
        check(started == 1, "the worker that started is kept: 1 started", format!("{started} started"))
            .or_explain("a start ends with the call that wanted it", TASK_2);
    });
}

/// A full queue is an answer at once; who gives up in the queue makes room.
#[test]
fn full_queue_is_an_answer() {
    for waiting in [2, 0] {
        with_pool(Settings { workers: 1, waiting, ..settings() }, TASK_2, async move |pool| {
            let _busy = calls(&pool, 1, || HOURS);
            runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_2);
            let mut queued = calls(&pool, waiting, || HOURS);
            runs(&pool, 1, waiting).await.or_explain("requests that may wait do not", TASK_2);
            let (refused, busy) = (at_once(pool.call(HOURS)).await, Failure::Busy(waiting));
            let expected = format!("`{busy:?}` at once for the one too many");
            check(refused == Some(Err(busy)), expected, said(&refused))
                .or_explain("the queue has no end, or whoever finds it full waits", TASK_2);
            queued.shutdown().await;
            if waiting > 0 {
                let again = at_once(pool.call(HOURS)).await;
                check(again.is_none(), "whoever gave up makes room for the next one", said(&again))
                    .or_explain("requests whose callers are gone keep their places", TASK_2);
            }
        });
    }
}

/// The queue is for requests that find no worker: a free one takes them, and so does one that may still start.
#[test]
fn free_workers_need_no_queue() {
    with_pool(Settings { workers: 3, waiting: 0, ..settings() }, TASK_2, async |pool| {
        for round in ["no worker has started yet", "all workers are free"] {
            // Handed in before any keeper has had a turn.
            let answers = join_all([20; 3].map(|ms| pool.call(Job::Slow(Duration::from_millis(ms))))).await;
            let served = answers.iter().filter(|answer| answer.is_ok()).count();
            check(served == 3, format!("3 answers at `waiting: 0`, when {round}"), said(&answers))
                .or_explain("a request that a worker could take counts as one that waits", TASK_2);
        }
    });
}

/// Whoever is woken by an answer may ask the pool at once.
#[test]
fn woken_caller_may_ask_the_pool() {
    with_pool(one(), TASK_2, async |pool| {
        let asks = Arc::new(Asks { pool: pool.clone(), seen: Mutex::default() });
        let waker = Waker::from(asks.clone());
        let mut call = pin!(pool.call(Job::Pid));
        let _ = call.as_mut().poll(&mut Context::from_waker(&waker));
        let seen = eventually(async || *asks.seen.lock().expect("no panic")).await;
        check(seen == Some((0, 1)), "0 running and 1 answered, as seen by the waker", said(&seen))
            .or_explain("a caller is woken before its answer is counted", TASK_2);
    });
}

/// A worker starts when there is something to do for it, and one that has nothing to do is asked before a new one.
#[test]
fn workers_start_on_demand() {
    with_pool(Settings { workers: 4, ..settings() }, TASK_2, async |pool| {
        task::yield_now().await;
        let before = pool.stats().started;
        check(before == 0, "no worker before the first request", format!("{before}"))
            .or_explain("all workers start with the pool", TASK_2);
        let first = pid(&pool).await;
        let started = pool.stats().started;
        check(started == 1, "1 worker for the first request", format!("{started}"))
            .or_explain("more workers start than there are requests, or they are not counted", TASK_2);
        for _ in 0..20 {
            let again = pid(&pool).await;
            check(again == first, "one worker for one request after the other", "another one")
                .or_explain("a keeper without a worker takes the request, although a worker is free", TASK_2);
        }
        // Long enough for another worker to start meanwhile.
        let both = calls(&pool, 2, || Job::Slow(Duration::from_secs(1)));
        runs(&pool, 2, 0).await.or_explain("two requests do not run at once", TASK_2);
        both.join_all().await;
        let before = pool.stats().started;
        let _ = pool.call(Job::Crash).await;
        // As long again, for a start that nobody wants.
        sleep(Duration::from_millis(100)).await;
        pid(&pool).await;
        let started = pool.stats().started;
        let instead = format!("{started} started, and {before} before");
        check(started == before, "one has died, and another, which is free, takes the request", instead)
            .or_explain("a keeper whose worker died starts another one, although nobody wants it", TASK_2);
    });
}

/// `/stats` tells what the pool has done.
#[test]
fn stats_tell_what_happened() {
    let (mut client, _room) = visit();
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(GIVEN, TASK_2);
    client.type_line("/stats");
    client
        .shows("== /stats: 1 worker of 1 started, 0 running, 0 waiting, 1 answered")
        .or_explain("what happens is not counted", TASK_2);
}

/// A request is on the timeline of its worker, under the name of its job, from its beginning to its end.
#[test]
#[cfg(unix)]
fn requests_are_on_the_timeline() {
    let (room, trace) = (ScriptedRoom::open(), Scratch::file("trace"));
    let args = ["--trace", trace.0.to_str().expect("a path of letters")];
    let mut client = Client::on_pipes_with(&program!("13"), &room, &args);
    room.joined().or_explain(NO_JOIN, IDEA);
    for (line, answer) in
        [("/slow 0.1", "slept"), ("/upper tea", "TEA"), ("/exit 3", "died"), ("/pid", "== ")]
    {
        client.type_line(line);
        client.shows(answer).or_explain(GIVEN, TASK_2);
    }
    client.end_input();
    client.exits().or_explain("the client waits for its workers", TASK_4);
    let trace = fs::read_to_string(&trace.0).unwrap_or_default();
    let spans = ["/slow", "/upper", "/pid"].map(|name| span(&trace, name));
    let [slow, upper, next] = spans.map(|span| span.unwrap_or_default());
    check(!spans.contains(&None), "spans `/slow`, `/upper` and `/pid` in the trace", said(&spans))
        .or_explain("nobody records the request", TASK_2);
    check(slow.1 >= 100_000, "a span of 0.1 s for `/slow 0.1`", format!("one of {} µs", slow.1))
        .or_explain("the span is dropped before the request has ended, as by `let _ =`", TASK_2);
    let (lanes, expected) =
        ([slow.0, upper.0, next.0], "a lane for each worker, and after `/exit` another one");
    check(lanes[0] == lanes[1] && lanes[1] != lanes[2], expected, said(&lanes))
        .or_explain("the span does not name the worker's process", TASK_2);
}

/// Two hundred callers at once, and everybody gets their own answer.
#[test]
fn everybody_gets_their_own_answer() {
    with_pool(Settings { workers: 2, ..settings() }, TASK_2, async |pool| {
        let mut calls = JoinSet::new();
        for number in 0..200 {
            let pool = pool.clone();
            calls.spawn(async move {
                let text = format!("tea {number}");
                let mine = Ok(Answer::Text(text.to_uppercase()));
                pool.call(Job::Upper(text)).await == mine
            });
        }
        let own = calls.join_all().await.into_iter().filter(|own| *own).count();
        check(own == 200, "200 of 200 get their own answer", format!("{own} do"))
            .or_explain("answers change hands", TASK_2);
    });
}

/// Requests and replies of 4 MiB pass each other.
#[test]
fn large_payloads_pass_each_other() {
    with_pool(Settings { workers: 2, ..settings() }, TASK_2, async |pool| {
        let mut calls = JoinSet::new();
        for number in 0..4 {
            let (pool, bytes) = (pool.clone(), vec![number; 4 << 20]);
            calls.spawn(async move { pool.call(Job::Echo(bytes.clone())).await == Ok(Answer::Bytes(bytes)) });
        }
        let same = calls.join_all().await.into_iter().filter(|same| *same).count();
        check(same == 4, "4 of 4 come back as they were", format!("{same} do")).or_explain(GIVEN, TASK_2);
    });
}
