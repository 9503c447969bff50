//! What the client of lesson 13 must do; run them with `cargo course check 13`.

// Some checks need signals, scripts and process groups: they are for Unix alone.
#![cfg_attr(not(unix), allow(unused_imports))]

use std::{
    fmt::Debug,
    fs,
    path::PathBuf,
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use checks::{
    Client, Ended, Explain, Missed, PATIENCE, ScriptedRoom, check, descendants, is_running, program, within,
};
use process_pool::{
    Answer, Failure, Job, ProcessPool, Reply, Request, Settings,
    frame::{self, Carrier, Frame, FrameError, LIMIT},
};
use tokio::{
    runtime::Builder,
    task::{self, JoinSet},
    time::{sleep, timeout},
};

const IDEA: &str = "13-process-pool.md#the-idea";
const TASK_1: &str = "13-process-pool.md#task-1-kill-what-nobody-waits-for";
const TASK_2: &str = "13-process-pool.md#task-2-a-keeper-for-each-place";
const TASK_3: &str = "13-process-pool.md#task-3-say-why-it-died";
const TASK_4: &str = "13-process-pool.md#task-4-leave-nothing-behind";
const NO_JOIN: &str = "`run` returned before it joined the room";
const GIVEN: &str = "what the lesson gives you was changed: compare it with `cargo course diff 13`";
const DESYNC: &str =
    "the reply of a job that was given up stays in the pipe, and is taken for the next one's";

/// A job that takes hours.
const HOURS: Job = Job::Slow(Duration::from_secs(36_000));

/// How long a check on a loop of its own may take: less than PATIENCE, so that the loop still ends its workers.
const BOUND: Duration = Duration::from_secs(5);

// Frames, which are given: these are green before you change a line.

/// A frame is read as it was written: empty, of one byte, short, long, and at the limit.
#[test]
fn frames_cross_unharmed() {
    for length in [0, 1, 5, 20_000, LIMIT] {
        let sent = Request { id: 7, job: Job::Echo(vec![b'x'; length]) };
        let mut stream = Vec::new();
        Frame::of(sent).and_then(|frame| Ok(frame.write(&mut stream)?)).expect("a frame");
        for (way, (seen, end)) in both_ways::<Request>(&stream) {
            let is_same =
                |request: &Request| matches!(&request.job, Job::Echo(bytes) if bytes.len() == length);
            check(
                seen.len() == 1 && seen.iter().all(is_same) && end == "None",
                format!("{way}: {length} bytes, then the end"),
                format!("{} frames, then {end}", seen.len()),
            )
            .or_explain(GIVEN, IDEA);
        }
    }
}

/// A part that is too long is refused by its sender, and by its receiver before it is read.
#[test]
fn frames_past_the_limit_are_refused() {
    let long = Frame::of(Request { id: 7, job: Job::Echo(vec![0; LIMIT + 1]) });
    check(matches!(long, Err(FrameError::TooLong(_))), "`TooLong`", said(&long)).or_explain(GIVEN, IDEA);
    for lengths in [[LIMIT as u32 + 1, 0], [0, LIMIT as u32 + 1], [u32::MAX, 0], [1, u32::MAX]] {
        let header = lengths.map(u32::to_be_bytes).concat();
        for (way, (seen, end)) in both_ways::<Request>(&header) {
            let refused = seen.is_empty() && end.starts_with("TooLong");
            check(refused, format!("{way}: `TooLong` for {lengths:?}"), end).or_explain(GIVEN, IDEA);
        }
    }
}

/// A stream that ends inside of a frame is an error at whichever byte, and a wrong payload is one.
#[test]
fn frames_cut_at_any_byte_are_errors() {
    let mut stream = Vec::new();
    let sent = Frame::of(Request { id: 300, job: Job::Echo(b"tea for two".to_vec()) }).expect("a frame");
    sent.write(&mut stream).expect("a list takes it");
    for cut in 1..stream.len() {
        for (way, (seen, end)) in both_ways::<Request>(&stream[..cut]) {
            let is_error = seen.is_empty() && end == "Truncated";
            check(is_error, format!("{way}: `Truncated` after {cut} bytes"), end).or_explain(GIVEN, IDEA);
        }
    }
    let malformed = [[0, 0, 0, 1, 0, 0, 0, 0, 0xff].as_slice(), &[0; 8], &[0, 0, 0, 2, 0, 0, 0, 1, 1, 7, 9]];
    for stream in malformed {
        for (way, (_, end)) in both_ways::<Request>(stream) {
            check(end == "Malformed", format!("{way}: `Malformed` for {stream:?}"), end)
                .or_explain(GIVEN, IDEA);
        }
    }
}

// A job that nobody waits for.

/// After a timeout the next answers belong to the next requests.
#[test]
fn timeout_does_not_shift_the_answers() {
    with_pool(one(), TASK_1, async |pool| {
        for _ in 0..3 {
            let job = Job::Slow(Duration::from_millis(300));
            let answer = pool.call_within(job, Duration::from_millis(50)).await;
            let expected = Failure::TimedOut(Duration::from_millis(50));
            check(answer == Err(expected.clone()), said(&expected), said(&answer)).or_explain(GIVEN, TASK_1);
            for text in ["tea", "milk"] {
                let expected = Ok(Answer::Text(text.to_uppercase()));
                answers(&pool, Job::Upper(text.to_owned()), expected).await.or_explain(DESYNC, TASK_1);
            }
        }
    });
}

/// A job whose time is up is stopped: its process is gone, and waited for.
#[test]
fn timed_out_job_is_killed() {
    with_pool(one(), TASK_1, async |pool| {
        let worker = pid(&pool).await;
        let _ = pool.call_within(Job::Primes(u64::MAX), Duration::from_millis(50)).await;
        is_gone(worker, TASK_1).await;
    });
}

/// What a worker has started ends with it.
#[test]
#[cfg(unix)]
fn grandchildren_end_with_their_worker() {
    with_pool(one(), TASK_1, async |pool| {
        let worker = pid(&pool).await;
        if descendants(worker).is_none() {
            return;
        }
        let mut calls = calls(&pool, 1, || Job::Run("sleep 1000".to_owned()));
        let started = async || {
            let grandchildren = descendants(worker).unwrap_or_default();
            grandchildren.first().copied().filter(|id| is_running(*id) == Some(true))
        };
        let Some(grandchild) = eventually(started).await else {
            check(false, "the worker starts a process", "it does not").or_explain(GIVEN, TASK_1);
            return;
        };
        let grandchild = Orphan(grandchild);
        calls.shutdown().await;
        is_gone(worker, TASK_1).await;
        let ended = eventually(async || (is_running(grandchild.0) != Some(true)).then_some(())).await;
        check(ended.is_some(), "what the worker has started ends too", "it still runs")
            .or_explain("only the worker is killed, and not its group", TASK_1);
    });
}

// The pool.

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

/// Dropping the future of a call is enough to stop its job.
#[test]
fn dropped_call_kills_its_job() {
    with_pool(one(), TASK_2, async |pool| {
        let worker = pid(&pool).await;
        let mut calls = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_2);
        calls.shutdown().await;
        is_gone(worker, TASK_2).await;
        answers(&pool, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into())))
            .await
            .or_explain("no worker follows the killed one", TASK_2);
    });
}

/// A request that is given up in the queue never begins.
#[test]
#[cfg(unix)]
fn abandoned_request_never_begins() {
    let file = Scratch::file("never");
    let path = file.0.clone();
    with_pool(one(), TASK_2, async move |pool| {
        let mut busy = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_2);
        let touch = format!("touch {}", path.display());
        let mut queued = calls(&pool, 1, || Job::Run(touch.clone()));
        runs(&pool, 1, 1).await.or_explain("the second request does not wait", TASK_2);
        queued.shutdown().await;
        busy.shutdown().await;
        answers(&pool, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into())))
            .await
            .or_explain("no worker follows the killed one", TASK_2);
        check(!path.exists(), "the request that was given up never begins", "it ran")
            .or_explain("the queue is not looked through for callers that are gone", TASK_2);
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
        for _ in 0..20 {
            let again = pid(&pool).await;
            check(again == first, "one worker for one request after the other", "another one").or_explain(
                "the keeper that has waited longest is woken, and its worker is not there yet",
                TASK_2,
            );
        }
    });
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

/// A full queue is an answer at once; who gives up in the queue makes room.
#[test]
fn full_queue_is_an_answer() {
    with_pool(Settings { workers: 1, waiting: 2, ..settings() }, TASK_2, async |pool| {
        let _busy = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_2);
        let mut queued = calls(&pool, 2, || HOURS);
        runs(&pool, 1, 2).await.or_explain("two requests do not wait", TASK_2);
        let refused = timeout(BOUND / 5, pool.call(HOURS)).await;
        check(refused == Ok(Err(Failure::Busy(2))), "`Busy(2)` for the one too many", said(&refused))
            .or_explain("the queue has no end", TASK_2);
        queued.shutdown().await;
        let again = timeout(Duration::from_millis(100), pool.call(HOURS)).await;
        check(again.is_err(), "whoever gave up makes room for the next one", said(&again))
            .or_explain("requests whose callers are gone keep their places", TASK_2);
    });
}

// Death.

/// A worker that dies takes its own request along, and no other.
#[test]
fn death_costs_its_own_request() {
    with_pool(Settings { workers: 2, ..settings() }, TASK_3, async |pool| {
        let jobs = (0..9).map(|number| match number {
            4 => Job::Crash,
            other => Job::Upper(format!("tea {other}")),
        });
        let calls = jobs.map(|job| {
            let pool = pool.clone();
            task::spawn(async move { pool.call(job).await })
        });
        let calls: Vec<_> = calls.collect();
        for (number, call) in calls.into_iter().enumerate() {
            let answer = call.await.expect("no panic");
            let mine = match number {
                4 => matches!(answer, Err(Failure::Died(_))),
                other => answer == Ok(Answer::Text(format!("TEA {other}"))),
            };
            check(mine, format!("its own answer for request {number}; `Died` for 4"), said(&answer))
                .or_explain("a death is told to others, or the worker is not replaced", TASK_3);
        }
    });
}

/// Whoever asked is told the cause: the signal, the code, and the words of the process.
#[test]
fn death_has_its_cause() {
    let abort = if cfg!(unix) { "SIGABRT" } else { "0xc0000409" };
    let deep = if cfg!(unix) { abort } else { "0xc00000fd" };
    let cases = [
        (Job::Crash, abort, ""),
        (Job::Exit(3), "3", ""),
        (Job::Exit(0), "0", ""),
        (Job::Deep, deep, "has overflowed its stack"),
        (Job::Greedy, abort, "memory allocation of 1125899906842624 bytes failed"),
    ];
    with_pool(one(), TASK_3, async move |pool| {
        for (job, cause, words) in cases {
            let answer = pool.call(job.clone()).await;
            let named =
                matches!(&answer, Err(Failure::Died(why)) if why.contains(cause) && why.contains(words));
            check(named, format!("after {job:?}: `Died`, with `{cause}` and `{words}`"), said(&answer))
                .or_explain("the process is not waited for, or its last words are not heard", TASK_3);
        }
        if cfg!(not(unix)) {
            return;
        }
        let worker = pid(&pool).await;
        let mut calls = calls(&pool, 1, || HOURS);
        runs(&pool, 1, 0).await.or_explain("the request never reaches a worker", TASK_3);
        signal(worker, "KILL");
        let answer = calls.join_next().await.and_then(Result::ok);
        let named = matches!(&answer, Some(Err(Failure::Died(why))) if why.contains("SIGKILL"));
        check(named, "`Died` with `SIGKILL` for a worker that was killed", said(&answer))
            .or_explain("the process is not waited for", TASK_3);
    });
}

/// A panic is a value, and costs no worker.
#[test]
fn panic_costs_no_worker() {
    with_pool(one(), TASK_3, async |pool| {
        let worker = pid(&pool).await;
        let expected = Err(Failure::Panicked("the job panicked: the cup broke".into()));
        answers(&pool, Job::Panic("the cup broke".into()), expected).await.or_explain(GIVEN, TASK_3);
        let after = pid(&pool).await;
        check(after == worker, "the same worker after a panic", "another one")
            .or_explain("a failure of the job is taken for the death of its worker", TASK_3);
    });
}

/// A worker that dies while it has nothing to do costs nothing.
#[test]
#[cfg(unix)]
fn idle_death_costs_nothing() {
    with_pool(one(), TASK_3, async |pool| {
        for _ in 0..3 {
            let worker = pid(&pool).await;
            signal(worker, "KILL");
            is_gone(worker, TASK_3).await;
            let left = eventually(async || pool.stats().workers.is_empty().then_some(())).await;
            check(left.is_some(), "the pool knows that its worker is gone", said(&pool.stats()))
                .or_explain("a keeper waits for requests, and not for the end of its worker", TASK_3);
        }
    });
}

/// A worker that breaks the channel, and lives on, is killed at once; nobody waits for it.
#[test]
#[cfg(unix)]
fn broken_channel_is_an_error_and_kills() {
    let stay = "exec sleep 1000";
    let reply = |id: u64| octal(Reply { id, result: Ok(Answer::Number(1)) });
    let cases = [
        (format!("exec >&-; {stay}"), "SIGKILL", "it closes its replies, and lives on"),
        (format!("printf 'hello, world'; {stay}"), "1751477356 bytes", "it prints, and lives on"),
        ("printf '\\000\\000'; exit 7".to_owned(), "7", "it exits inside of a frame"),
        (
            format!("printf '\\000\\000\\000\\001\\000\\000\\000\\000\\377'; {stay}"),
            "SIGKILL",
            "its reply is none",
        ),
        (
            format!("printf '\\377\\377\\377\\377\\377\\377\\377\\377'; {stay}"),
            "4294967295 bytes",
            "its length lies",
        ),
        (format!("printf '{}'; {stay}", reply(77)), "SIGKILL", "it answers another request"),
    ];
    for (number, (script, cause, what)) in cases.into_iter().enumerate() {
        // It says that it is there, reads the header of a request, and goes wrong.
        let script = format!("printf '{}'; head -c 8 >/dev/null; {script}", reply(0));
        let file = Scratch::script(&format!("worker-{number}"), &script);
        with_pool(Settings { program: Some(file.0.clone()), ..one() }, TASK_3, async move |pool| {
            let answer = pool.call(Job::Pid).await;
            let named = matches!(&answer, Err(Failure::Died(why)) if why.contains(cause));
            check(named, format!("{what}: `Died`, and `{cause}` in its text"), said(&answer)).or_explain(
                "the end of the replies is not the end of the process: kill it, then wait",
                TASK_3,
            );
            drop(file);
        });
    }
}

/// A program that is none, or that dies at once, is an error with its cause, after three tries.
#[test]
#[cfg(unix)]
fn program_that_cannot_start_is_an_error() {
    let tries = Scratch::file("tries");
    let script = format!("echo once >> {}; echo 'no tea today' >&2; exit 7", tries.0.display());
    let dying = Scratch::script("dying", &script);
    let silent = Scratch::script("silent", "exec sleep 1000");
    let cases = [
        (PathBuf::from("/nowhere/at/all"), "/nowhere/at/all"),
        (dying.0.clone(), "7"),
        (dying.0.clone(), "no tea today"),
        (silent.0.clone(), "nothing for 0.2 s"),
    ];
    for (program, cause) in cases {
        let start = if cause.contains("0.2") { Duration::from_millis(200) } else { BOUND };
        with_pool(Settings { program: Some(program), start, ..one() }, TASK_3, async move |pool| {
            let answer = pool.call(Job::Pid).await;
            let named = matches!(&answer, Err(Failure::NoWorker(why)) if why.contains(cause));
            check(named, format!("`NoWorker`, and `{cause}` in its text"), said(&answer))
                .or_explain("the caller is not told why no worker starts", TASK_3);
        });
    }
    let tried = fs::read_to_string(&tries.0).unwrap_or_default().lines().count();
    check(tried == 6, "3 tries for each of 2 requests", format!("{tried} in all"))
        .or_explain("a program that dies at once is started again and again, or once only", TASK_3);
}

/// What a worker prints is read: it never waits for that, and its replies are not harmed.
#[test]
fn printing_does_no_harm() {
    with_pool(one(), TASK_3, async |pool| {
        for _ in 0..3 {
            let expected = Ok(Answer::Text("printed".into()));
            answers(&pool, Job::Print("tea ".repeat(100_000)), expected).await.or_explain(GIVEN, TASK_3);
        }
    });
}

// The end.

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
    });
}

/// So does the end of the runtime, in the middle of a job and of what that has started.
#[test]
#[cfg(unix)]
fn ended_runtime_leaves_nothing() {
    let (worker, grandchildren) = within(PATIENCE, "the runtime ends", || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let seen = runtime.block_on(async {
            let pool = Arc::new(ProcessPool::new(one()));
            calls(&pool, 1, || Job::Run("sleep 1000".to_owned())).detach_all();
            let worker = eventually(async || pool.stats().workers.first().copied()).await;
            let told = worker.ok_or_else(|| Missed::new("the worker among the stats", said(&pool.stats())));
            let worker = told.or_explain("a worker is not counted while it is busy", TASK_2);
            let grandchild = async || descendants(worker).is_none_or(|all| !all.is_empty()).then_some(());
            eventually(grandchild).await;
            (
                Orphan(worker),
                descendants(worker).unwrap_or_default().into_iter().map(Orphan).collect::<Vec<_>>(),
            )
        });
        drop(runtime);
        seen
    })
    .or_explain("the end of the runtime waits for the job", TASK_4);
    let is_left = |process: &Orphan| PathBuf::from(format!("/proc/{}", process.0)).exists();
    until(|| !is_left(&worker), "the worker is gone when its runtime ended", "it runs, or is a zombie")
        .or_explain("nobody kills the worker of a keeper that is dropped, and waits for it", TASK_4);
    let gone = || grandchildren.iter().all(|process| is_running(process.0) != Some(true));
    until(gone, "what the worker has started is gone too", "it still runs")
        .or_explain("only the worker is killed, and not its group", TASK_1);
}

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
        let late = timeout(BOUND / 5, pool.call(Job::Pid)).await;
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
            let told = timeout(BOUND / 5, calls.join_next()).await.ok().flatten();
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
        let ended = timeout(BOUND / 2, pool.shutdown(2 * PATIENCE)).await;
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

// The client.

/// After `/slow 3` each line gets its own answer, and the room goes on.
#[test]
fn client_answers_after_a_timeout() {
    let (mut client, room) = visit();
    client.type_line("/slow 3");
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("the event loop waits for the worker", IDEA);
    client.shows("!! /slow 3: no answer in 1 s").or_explain("the command is not bounded", IDEA);
    for text in ["tea", "milk"] {
        client.type_line(&format!("/upper {text}"));
        let answer = format!("== /upper {text}: {}", text.to_uppercase());
        client.shows(&answer).or_explain(DESYNC, TASK_1);
    }
    room.pongs(2).or_explain("the event loop waits for the worker", IDEA);
}

/// Ctrl-C is for the client: a job that runs meanwhile is still answered.
#[test]
#[cfg(unix)]
fn ctrl_c_spares_the_workers() {
    let (mut client, room) = visit();
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").or_explain(GIVEN, IDEA);
    client.catches_interrupts().or_explain(GIVEN, IDEA);
    client.type_line("/slow 0.2");
    client.type_line("hello all");
    room.hears("hello all").or_explain("the event loop waits for the worker", IDEA);
    client.interrupt();
    client
        .shows("== /slow 0.2: slept 0.2 s")
        .or_explain("Ctrl-C reaches the worker too: it is in the client's group", TASK_1);
    let ended = client.exits().or_explain("the client waits for its workers", TASK_4);
    check(ended == Ended::Status(130), "exit status 130", format!("{ended:?}")).or_explain(GIVEN, IDEA);
}

/// A pool of one worker.
fn one() -> Settings {
    Settings { workers: 1, ..settings() }
}

/// The client's program as the worker.
fn settings() -> Settings {
    Settings { program: Some(PathBuf::from(program!("13").command().get_program())), ..Settings::default() }
}

/// Hands in as many jobs at once; dropping what this returns drops the calls.
fn calls(pool: &Arc<ProcessPool>, count: usize, job: impl Fn() -> Job) -> JoinSet<Result<Answer, Failure>> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let (pool, job) = (pool.clone(), job());
        calls.spawn(async move { pool.call(job).await });
    }
    calls
}

/// Waits until so many requests run, and so many wait.
async fn runs(pool: &ProcessPool, running: usize, waiting: usize) -> Result<(), Missed> {
    let is_so = async || {
        let stats = pool.stats();
        ((stats.running, stats.waiting) == (running, waiting) && stats.workers.len() >= running).then_some(())
    };
    let seen = eventually(is_so).await;
    seen.ok_or_else(|| Missed::new(format!("{running} running, {waiting} waiting"), said(&pool.stats())))
}

/// The number of a worker of the pool.
async fn pid(pool: &ProcessPool) -> u32 {
    let answer = timeout(BOUND / 2, pool.call(Job::Pid)).await;
    let Ok(Ok(Answer::Number(id))) = answer else {
        check(false, "an answer to `Job::Pid`", said(&answer)).or_explain("no worker answers", TASK_2);
        return 0;
    };
    id as u32
}

/// Checks what comes of a job.
async fn answers(pool: &ProcessPool, job: Job, expected: Result<Answer, Failure>) -> Result<(), Missed> {
    let name = said(&job);
    let answer = timeout(BOUND / 2, pool.call(job)).await;
    let Ok(answer) = answer else { return Err(Missed::new(format!("an answer to {name}"), "none in 2.5 s")) };
    check(answer == expected, format!("{} for {name}", said(&expected)), said(&answer))
}

/// Waits, not for ever, for something that is told only when it is asked for.
async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let asking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(BOUND / 2, asking).await.ok()
}

/// Waits until a child of this process is gone, and no zombie of it is left.
async fn is_gone(process: u32, task: &str) {
    let proc = PathBuf::from(format!("/proc/{process}"));
    if eventually(async || (!proc.exists()).then_some(())).await.is_some() {
        return;
    }
    let state = match is_running(process) {
        Some(true) => "it still runs",
        _ => "it is a zombie: nobody waited for it",
    };
    signal(process, "KILL");
    check(false, "the worker is gone", state).or_explain("nobody kills the worker, and waits for it", task);
}

/// A process that should end; dropping this ends it if nothing else has.
#[cfg(unix)]
struct Orphan(u32);

#[cfg(unix)]
impl Drop for Orphan {
    fn drop(&mut self) {
        if is_running(self.0) == Some(true) {
            signal(self.0, "KILL");
        }
    }
}

fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
}

/// Waits, outside of a loop, for something that is told only when it is asked for.
#[cfg(unix)]
fn until(is_so: impl Fn() -> bool, expected: &str, instead: &str) -> Result<(), Missed> {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        if Instant::now() > deadline {
            return Err(Missed::new(format!("{expected}, within 6 s"), instead));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// A client that has joined a room.
#[track_caller]
fn visit() -> (Client, ScriptedRoom) {
    let room = ScriptedRoom::open();
    let client = Client::on_terminal(&program!("13"), &room);
    room.joined().or_explain(NO_JOIN, IDEA);
    (client, room)
}

/// A value in a few words, however long it is.
fn said(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 160 { text } else { text.chars().take(160).collect::<String>() + " …" }
}

/// What `read` and `receive` make of a stream: the messages, and how it ends.
fn both_ways<T: Carrier + Send + 'static>(stream: &[u8]) -> [(&'static str, (Vec<T>, String)); 2] {
    let (mut input, mut seen) = (stream, Vec::new());
    let end = loop {
        match frame::read(&mut input) {
            Ok(Some(message)) => seen.push(message),
            other => break told(other.map(|_| ())),
        }
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let received = runtime.block_on(async {
        let (mut input, mut seen) = (stream, Vec::new());
        loop {
            match frame::receive(&mut input).await {
                Ok(Some(message)) => seen.push(message),
                other => break (seen, told(other.map(|_: Option<T>| ()))),
            }
        }
    });
    [("read", (seen, end)), ("receive", received)]
}

/// How a stream ended, in a word.
fn told(end: Result<(), FrameError>) -> String {
    end.map_or_else(|error| format!("{error:?}"), |()| "None".to_owned())
}

/// A reply as `printf` of a shell takes it.
#[cfg(unix)]
fn octal(reply: Reply) -> String {
    let mut bytes = Vec::new();
    Frame::of(reply).expect("a frame").write(&mut bytes).expect("a list takes it");
    bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
}

/// A file that is removed when this is dropped.
#[cfg(unix)]
struct Scratch(PathBuf);

#[cfg(unix)]
impl Scratch {
    fn file(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("lesson-13-{name}-{}", std::process::id())))
    }

    /// A program that behaves as no worker should.
    ///
    /// Another process writes it: a file that is open for writing here could not be started.
    fn script(name: &str, script: &str) -> Scratch {
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
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs `work` with a pool of its own.
#[track_caller]
fn with_pool<T: Send + 'static>(
    settings: Settings,
    task: &str,
    work: impl AsyncFnOnce(Arc<ProcessPool>) -> T + Send + 'static,
) -> T {
    on_a_loop(task, async move || work(Arc::new(ProcessPool::new(settings))).await)
}

/// Runs `work` on the kind of runtime that the client has; one that does not end takes its workers with it.
#[track_caller]
fn on_a_loop<T: Send + 'static>(task: &str, work: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    let likely = "a call is never answered: somebody waits for what does not come";
    let ended = within(PATIENCE, "the check is done with its pool", move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let ended = runtime.block_on(async { timeout(BOUND, work()).await });
        runtime.shutdown_background();
        ended
    });
    let ended = ended.or_explain("the event loop itself is blocked", task);
    let missed = |_| Missed::new("all calls are answered", "one still waited after 5 s");
    ended.map_err(missed).or_explain(likely, task)
}
