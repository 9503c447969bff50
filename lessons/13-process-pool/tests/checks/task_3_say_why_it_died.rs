//! Task 3, say why it died: any death is one error with its cause, and a worker follows it, though not for ever.

#[cfg(unix)]
use std::{fs, path::PathBuf, time::Duration};

use checks::{Explain, check};
use process_pool::{Answer, Failure, Job};
#[cfg(unix)]
use process_pool::{Reply, Settings, frame::Frame};

use super::common::{GIVEN, HOURS, TASK_3, answers, calls, one, pid, runs, said, signal, with_pool};
#[cfg(unix)]
use super::common::{Scratch, bound, eventually, is_gone};

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
        let start = if cause.contains("0.2") { Duration::from_millis(200) } else { bound() };
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

/// A reply as `printf` of a shell takes it.
#[cfg(unix)]
fn octal(reply: Reply) -> String {
    let mut bytes = Vec::new();
    Frame::of(reply).expect("a frame").write(&mut bytes).expect("a list takes it");
    bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
}
