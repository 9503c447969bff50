//! Task 3, hear the end while you compute: the worker reads, and ends with its client, whatever it does.

use std::{
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use checks::{Explain, check, kill, patience, program, span, threads, until, within};
use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};
use tokio::time::{sleep, timeout};
use worker_process::{Answer, Job, Request, frame};

use super::common::{GIVEN, HOURS, IDEA, Orphan, TASK_3, bound, pid, said, visit, with_worker};

const AT_ONCE: &str =
    "each request has a thread of its own: jobs of one worker run at once, or are not done as they come";

/// A worker with nothing to do ends when its client is killed.
#[test]
fn idle_worker_ends_with_its_client() {
    ends_with_its_client(None);
}

/// One that computes ends as well, at once.
#[test]
fn busy_worker_ends_with_its_client() {
    ends_with_its_client(Some(HOURS));
}

/// Requests that wait in the worker hide no end, however many they are.
#[test]
fn worker_with_a_queue_ends_with_its_client() {
    ends_with_its_client(Some(&[HOURS; 40].join("\n")));
    let request = |job: Job| frame::encode(&Request { id: 1, job }).unwrap_or_default();
    // As many as any pipe takes, so that nobody has to read them.
    let many = [request(Job::Primes(u64::MAX)), request(Job::Pid).repeat(2000)].concat();
    let mut command = program!("12").command();
    command.arg(practice::WORKER).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut worker = command.spawn().expect("a worker");
    let orphan = Orphan(worker.id());
    let ended = within(patience(), "a worker with 2000 requests ends when its input does", move || {
        let mut requests = worker.stdin.take().expect("a pipe");
        let _ = requests.write_all(&many);
        drop(requests);
        worker.wait()
    });
    let ended = ended.or_explain("the thread that reads waits for room in a queue, and sees no end", TASK_3);
    drop(orphan);
    check(ended.is_ok(), "a worker to wait for", format!("{ended:?}")).or_explain(GIVEN, IDEA);
}

/// Eight large requests at once, 4 MiB and more in both directions, three times: everybody gets their own answer.
#[test]
fn large_requests_go_both_ways_at_once() {
    let likely = "the client writes all it has before it reads, and the worker waits for it to read";
    let seen = with_worker(TASK_3, async |worker| {
        let mut own = Vec::new();
        for _ in 0..3 {
            let calls = (0..8).map(|number| {
                let text = format!("{number} tea for two ").repeat(40_000);
                async move {
                    let answer = worker.call(Job::Upper(text.clone())).await;
                    answer == Ok(Answer::Text(text.to_uppercase()))
                }
            });
            let limit = bound() - Duration::from_secs(1);
            let answers = timeout(limit, join_all(calls)).await;
            let instead = format!("after {} they were not", span(limit));
            check(answers.is_ok(), "8 requests of 600 KiB are answered", instead).or_explain(likely, TASK_3);
            own.extend(answers.unwrap_or_default());
        }
        let large = "tea!".repeat(1 << 20);
        let answer = worker.call(Job::Upper(large.clone())).await;
        (own, answer == Ok(Answer::Text(large.to_uppercase())))
    });
    check(seen == (vec![true; 24], true), "everybody gets their own answer", format!("{seen:?}"))
        .or_explain("answers change hands", TASK_3);
}

/// `/shout` is answered: what went there in parts came back.
#[test]
fn shout_is_answered() {
    let (mut client, _room) = visit();
    client.type_line("/shout 512");
    client.shows("== /shout 512: 512 KiB came back").or_explain(
        "the client writes all parts before it reads, and the worker waits for it to read",
        TASK_3,
    );
}

/// What reads does not compute: there is another thread, and each has a name. Linux only.
#[test]
fn computing_thread_has_a_name() {
    with_worker(TASK_3, async |worker| {
        let _ = timeout(Duration::from_millis(20), worker.call(Job::Primes(u64::MAX))).await;
        let (began, mut seen) = (Instant::now(), Vec::new());
        // A thread that has just started has no name yet.
        while began.elapsed() < bound() / 2 {
            let Some(threads) = threads(worker.id()) else { return };
            let first = threads.iter().find(|(number, _)| *number == worker.id());
            seen = threads.iter().map(|(_, name)| name.clone()).collect();
            // A thread without a name is shown as the one that has started it.
            let like_the_first = |(_, name): &&(u32, String)| first.is_some_and(|(_, first)| name == first);
            if seen.len() > 1 && threads.iter().filter(like_the_first).count() == 1 {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
        let likely = match seen.len() {
            ..=1 => "the thread that would see the end of its requests computes",
            _ => "the thread was not started by `thread::Builder`, with a name",
        };
        check(false, "a thread with a name of its own beside the first one", seen.join(", "))
            .or_explain(likely, TASK_3);
    });
}

/// A worker does one job after the other, as they come: the next one waits until the one before it has ended.
#[test]
fn next_job_waits_for_the_one_before() {
    with_worker(TASK_3, async |worker| {
        let jobs = [Job::Primes(u64::MAX), Job::Upper("tea".into())];
        let mut calls: FuturesUnordered<_> = jobs.map(|job| worker.call(job)).into_iter().collect();
        let answer = timeout(Duration::from_millis(300), calls.next()).await;
        check(answer.is_err(), "no answer behind a job that does not end", said(&answer))
            .or_explain(AT_ONCE, TASK_3);
    });
    with_worker(TASK_3, async |worker| {
        let jobs = [Job::Primes(60_000), Job::Primes(2), Job::Primes(30_000), Job::Primes(10)];
        let answers = jobs.into_iter().map(|job| worker.call(job)).collect::<FuturesUnordered<_>>();
        let answers: Vec<_> = answers.collect().await;
        let expected = [6057, 0, 3245, 4].map(|primes| Ok(Answer::Number(primes)));
        check(answers == expected, "four answers in the order of their requests", said(&answers))
            .or_explain(AT_ONCE, TASK_3);
    });
}

/// What is no request is an error of the worker: it says so, and ends with it.
#[test]
fn bytes_that_are_no_request_end_the_worker() {
    for bytes in [&b"\0\0\0\x01\xff\n"[..], b"\xff\xff\xff\xff\xff\n"] {
        let mut command = program!("12").command();
        command.arg(practice::WORKER).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut worker = command.spawn().expect("a worker");
        let mut requests = worker.stdin.take().expect("a pipe");
        let _ = requests.write_all(bytes);
        let ended = within(patience(), "the worker ends", move || worker.wait_with_output());
        let ended = ended.or_explain("the worker waits on after bytes that are no request", TASK_3);
        let ended = ended.expect("a worker to wait for");
        let complaint = String::from_utf8_lossy(&ended.stderr);
        let is_told = !ended.status.success() && !complaint.trim().is_empty();
        check(is_told, "an error, and a status that is not 0", format!("{}, `{complaint}`", ended.status))
            .or_explain("an error of `frame::read` passes for the end of the requests", TASK_3);
    }
}

/// A panic is an error with its text, and the same worker goes on; what is no command is an error too.
#[test]
fn panic_is_an_error_and_the_worker_lives() {
    let (mut client, _room) = visit();
    let before = pid(&mut client);
    client.type_line("/divide 1 0");
    client
        .shows("!! /divide 1 0: the job panicked: attempt to divide by zero")
        .or_explain("nothing catches the panic: it ends the thread that computes", TASK_3);
    let after = pid(&mut client);
    check(before == after, format!("the same worker, {before}"), format!("another one, {after}"))
        .or_explain("the panic ended the worker", TASK_3);
    client.type_line("/dance");
    client.shows("!! /dance: there is no such job").or_explain(GIVEN, IDEA);
}

/// Kills the client while its worker does what these lines ask for.
#[track_caller]
fn ends_with_its_client(lines: Option<&str>) {
    let (mut client, room) = visit();
    let worker = Orphan(pid(&mut client));
    if let Some(lines) = lines {
        let before = checks::cpu_time(worker.0);
        lines.lines().for_each(|line| client.type_line(line));
        let expected = "the worker computes";
        until(|| checks::cpu_time(worker.0) > before, expected, "it is idle").or_explain(GIVEN, IDEA);
        // What was typed before a line that the room has heard is on its way to the worker.
        for last in ["that is all", "really all"] {
            client.type_line(last);
            let _ = room.hears(last);
        }
    }
    kill(client.process());
    client.exits().or_explain("a kill ends every process", IDEA);
    worker
        .ends("the client was killed")
        .or_explain("the thread that would see the end of its requests computes, or waits", TASK_3);
}
