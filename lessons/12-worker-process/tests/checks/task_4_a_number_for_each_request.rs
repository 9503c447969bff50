//! Task 4, a number for each request: whose a reply is, and why no more of them come.

use std::{
    thread,
    time::{Duration, Instant},
};

use checks::{Ended, Explain, check, is_running, program};
use futures_util::future::{join, join_all};
use tokio::time::{sleep, timeout};
use worker_process::{Answer, Failure, Job, WorkerProcess, frame::LIMIT};

use super::common::{
    GIVEN, IDEA, TASK_4, answers, bound, is_gone, none, on_a_loop, path, said, visit, with_worker,
};
#[cfg(unix)]
use super::{
    common::Scratch,
    guests::{answer_of, told_before_a_failed_write, told_by_a_collector},
};

/// A reply to a request that nobody made is given to nobody.
#[test]
#[cfg(unix)]
fn reply_with_another_number_is_nobodys() {
    // To the request 999: the text `forged`.
    let forged = "printf '\\000\\000\\000\\013\\347\\007\\000\\000\\006forged'; exit 7";
    let answer = answer_of("forger", forged);
    let is_named = matches!(&answer, Err(Failure::Died(why)) if why.contains('7'));
    let likely = match answer {
        Ok(_) => "the next reply is taken for one's own, whatever its number",
        _ => "a reply that nobody waits for is thrown away, and ends no worker; and the end has its cause",
    };
    check(is_named, "`Died` and `7`, since nobody answers this request and the worker exits", said(&answer))
        .or_explain(likely, TASK_4);
}

/// A call that was cancelled, wherever it was, takes no answer of another and leaves no half of a frame.
#[test]
fn cancelled_call_leaves_nothing_behind() {
    with_worker(TASK_4, async |worker| {
        let large = "tea!".repeat(1 << 20);
        for micros in [0, 1, 300, 1000, 3000, 10_000, 30_000] {
            let call = worker.call(Job::Upper(large.clone()));
            let _ = timeout(Duration::from_micros(micros), call).await;
            for number in 0..3 {
                let text = format!("tea {number}");
                let expected = Ok(Answer::Text(text.to_uppercase()));
                let answer = timeout(bound() / 2, worker.call(Job::Upper(text.clone()))).await;
                let likely = match answer {
                    Ok(Ok(_)) => "the reply to a call that was cancelled is given to another caller",
                    Ok(Err(_)) => {
                        "a call that was cancelled has left half of a frame behind, or its late reply is an error"
                    }
                    Err(_) => "a call that was cancelled has stopped the writing or the reading",
                };
                let answer = answer.unwrap_or(Err(Failure::Died(none())));
                check(answer == expected, format!("an answer to Upper({text:?}): its own"), said(&answer))
                    .or_explain(likely, TASK_4);
            }
        }
    });
}

/// An answer that is too long is an error, and so is such a request; both say why, and the worker lives.
#[test]
fn too_long_is_an_error_and_the_worker_lives() {
    // This letter takes 2 bytes, and its capital is three, of 6 bytes.
    for text in ["x".repeat(LIMIT), "\u{390}".repeat(LIMIT / 6 + 1)] {
        with_worker(TASK_4, async move |worker| {
            let answer = worker.call(Job::Upper(text)).await;
            let is_told = matches!(&answer, Err(Failure::Refused(why)) if !why.is_empty());
            check(is_told, "`Refused` for what is too long, and why", said(&answer))
                .or_explain("`encode` failed, and nobody is told why", TASK_4);
            answers(worker, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into())))
                .await
                .or_explain("the worker ended with a reply that it could not send", TASK_4);
        });
    }
}

/// A thousand calls at once are answered: where there is no room for a frame, its caller waits.
#[test]
fn calls_wait_for_room() {
    let seen = with_worker(TASK_4, async |worker| {
        let answers = join_all((0..1000).map(|number| worker.call(Job::Divide(number, 1)))).await;
        let is_own = |(number, answer)| answer == Ok(Answer::Number(number));
        let missing = |(number, answer): &(i64, _)| !is_own((*number, Clone::clone(answer)));
        (0..).zip(answers).find(missing)
    });
    check(seen.is_none(), "1000 calls at once, each with its own answer", said(&seen))
        .or_explain("a call fails, or is lost, where many wait to be written", TASK_4);
}

/// Requests are sent whether or not those before them are answered.
#[test]
#[cfg(unix)]
fn requests_do_not_wait_for_replies() {
    let told = told_by_a_collector();
    check(told.contains("Died"), "20 calls hear of the end of a worker that reads 100 bytes and exits", told)
        .or_explain("a request is not sent before the one before it is answered", TASK_4);
}

/// What the worker has said before its end is heard, however late the client looks.
#[test]
fn reply_before_the_end_is_heard() {
    with_worker(TASK_4, async |worker| {
        let calls = [Job::Primes(200_000), Job::Exit(3)].map(|job| worker.call(job));
        let looks_away = async {
            // Both requests are on their way then; and until the worker is gone the event loop stands still.
            sleep(Duration::from_millis(20)).await;
            let began = Instant::now();
            while is_running(worker.id()) == Some(true) && began.elapsed() < bound() / 2 {
                thread::sleep(Duration::from_millis(2));
            }
        };
        let (results, ()) = join(join_all(calls), looks_away).await;
        check(
            results[0] == Ok(Answer::Number(17984)),
            "the answer that came before the end",
            said(&results[0]),
        )
        .or_explain(
            "the end is heard before the replies are read to their end, or the worker keeps a reply back",
            TASK_4,
        );
    });
}

/// Everybody who waits for a worker that ends is told, with its signal or its code; so is who comes later.
#[test]
fn dead_worker_is_an_error_with_its_cause() {
    let abort = if cfg!(unix) { "SIGABRT" } else { "0xc0000409" };
    let cases = [(Job::Crash, abort), (Job::Exit(3), "3"), (Job::Exit(0), "0")];
    for (job, cause) in cases {
        with_worker(TASK_4, async move |worker| {
            // The first one is under way when the worker ends, the last one never begins.
            let calls = [Job::Upper("tea".into()), job.clone(), Job::Upper("for two".into())];
            let results = join_all(calls.map(|job| worker.call(job))).await;
            let first = &results[0];
            check(*first == Ok(Answer::Text("TEA".into())), "the job before it is answered", said(first))
                .or_explain("the worker had not written that reply, or the client has not read on", TASK_4);
            let later = worker.call(Job::Upper("later".into())).await;
            let unasked = "the process was not asked why it ended, or a code is told where a signal was";
            let untold = "whoever calls after the end is told something else than those who waited";
            for (result, likely) in [(&results[1], unasked), (&results[2], unasked), (&later, untold)] {
                let is_named = matches!(result, Err(Failure::Died(why)) if why.contains(cause));
                check(is_named, format!("after {job:?}: `Died`, and `{cause}` in its text"), said(result))
                    .or_explain(likely, TASK_4);
            }
            check(!worker.is_alive(), "the handle knows that its worker is gone", "it says that it lives")
                .or_explain("the next command goes to a worker that is gone", TASK_4);
            is_gone(worker.id()).await;
        });
    }
}

/// A worker that breaks the channel, and lives on, is killed; nobody waits for it.
#[test]
#[cfg(unix)]
fn broken_channel_is_an_error_and_kills() {
    let cases = [
        ("exec >&-; exec sleep 1000", "SIGKILL", "it closes its replies and lives on"),
        ("printf 'hello, world'; exec sleep 1000", "1751477356 bytes", "it prints, and lives on"),
        ("printf '\\000\\000'; exit 7", "7", "it exits inside of a frame"),
        ("printf '\\000\\000\\000\\001\\377'; exec sleep 1000", "SIGKILL", "it sends a reply that is none"),
    ];
    for (number, (script, cause, what)) in cases.into_iter().enumerate() {
        let answer = answer_of(&format!("worker-{number}"), script);
        let is_named = matches!(&answer, Err(Failure::Died(why)) if why.contains(cause));
        let likely = match answer {
            Err(Failure::Died(_)) => {
                "what came instead of a reply, or how the process ended, is not told: both count"
            }
            _ => "the end of the replies is not the end of the process: kill it, then wait",
        };
        check(is_named, format!("{what}: `Died`, and `{cause}` in its text"), said(&answer))
            .or_explain(likely, TASK_4);
    }
}

/// A worker that takes no more requests, and has not ended yet, has one cause for all: its end.
#[test]
#[cfg(unix)]
fn requests_that_nobody_takes_have_its_cause() {
    let (ready, end) = (Scratch::file("ready"), Scratch::file("end"));
    // Not for ever: where the check fails, nobody writes the file.
    let waits = format!("n=0; until [ -e {} ] || [ $((n += 1)) -gt 6000 ]; do sleep 0.01; done", end.path());
    let deaf = Scratch::script("deaf-to-all", &format!("exec <&-; touch {}; {waits}; exit 7", ready.path()));
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&deaf.0).expect("a worker");
        while !ready.0.exists() {
            sleep(Duration::from_millis(2)).await;
        }
        let others = async {
            let mut early = None;
            for _ in 0..20 {
                early = early.or(timeout(Duration::from_millis(5), worker.call(Job::Pid)).await.ok());
            }
            std::fs::write(&end.0, "").expect("a file");
            early
        };
        let (first, early) = join(worker.call(Job::Pid), others).await;
        let later = worker.call(Job::Pid).await;
        // Whoever kills it at once has another cause to tell.
        let is_cause = |why: &str| why.contains('7') || why.contains("SIGKILL");
        let is_told = matches!(&first, Err(Failure::Died(why)) if is_cause(why));
        let is_early = early.as_ref().is_some_and(|own| *own != first);
        let likely = match later == first {
            _ if is_early => "a request that cannot be written is told as the end, before its cause is known",
            true => "what is told is not how the process ended: its code, or its signal",
            false => "whoever calls after the end is told something else than those who waited",
        };
        let instead = said(&(&first, &early, &later));
        check(is_told && !is_early && later == first, "`Died`, and `7` in its text each time", instead)
            .or_explain(likely, TASK_4);
        is_gone(worker.id()).await;
    });
}

/// What was said before a request could not be written is heard, too.
#[test]
#[cfg(unix)]
fn replies_before_a_failed_write_are_heard() {
    let told = told_before_a_failed_write();
    let heard = [Ok(Answer::Number(17984)), Ok(Answer::Text("TEA".to_owned()))];
    check(told[..2] == heard, "both answers that came before the worker closed its requests", said(&told))
        .or_explain("where a request cannot be written, the replies are not read to their end", TASK_4);
}

/// A worker that takes no more requests, and lives on, is ended: nobody waits for it.
#[test]
#[cfg(unix)]
fn worker_that_takes_no_requests_is_killed() {
    let closed = Scratch::file("closed");
    let deaf = Scratch::script("lives-on", &format!("exec <&-; touch {}; exec sleep 1000", closed.path()));
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&deaf.0).expect("a worker");
        while !closed.0.exists() {
            sleep(Duration::from_millis(2)).await;
        }
        let calls = join_all([0, 1].map(|_| worker.call(Job::Pid)));
        let answers = timeout(bound() / 2, calls).await;
        let is_told =
            |answer: &Result<_, _>| matches!(answer, Err(Failure::Died(why)) if why.contains("SIGKILL"));
        let is_so = answers.as_ref().is_ok_and(|answers| answers.iter().all(is_told));
        let likely = match answers.is_ok() {
            true => "what is told is not how the process ended: `kill` ends it by a signal",
            false => "a request cannot be written, its worker lives on, and nobody ends that",
        };
        let instead = answers.map_or(none(), |answers| said(&answers));
        check(is_so, "`Died` for both who call a worker that has closed its requests", instead)
            .or_explain(likely, TASK_4);
        is_gone(worker.id()).await;
    });
}

/// Dropping the handle kills a process that does not look at its stdin, too.
#[test]
#[cfg(unix)]
fn dropped_worker_is_killed() {
    let deaf = Scratch::script("deaf", "exec sleep 1000");
    on_a_loop(TASK_4, async move || {
        let worker = WorkerProcess::start(&deaf.0).expect("a worker");
        let _ = timeout(Duration::from_millis(5), worker.call(Job::Pid)).await;
        let id = worker.id();
        drop(worker);
        is_gone(id).await;
    });
}

/// Dropping the handle ends the process, busy or not, and leaves no zombie.
#[test]
fn dropped_worker_is_gone() {
    for job in [None, Some(Job::Primes(u64::MAX))] {
        on_a_loop(TASK_4, async move || {
            let worker = WorkerProcess::start(&path(&program!("12"))).expect("a worker");
            answers(&worker, Job::Upper("tea".into()), Ok(Answer::Text("TEA".into())))
                .await
                .or_explain(GIVEN, IDEA);
            if let Some(job) = job {
                let _ = timeout(Duration::from_millis(5), worker.call(job)).await;
            }
            let id = worker.id();
            drop(worker);
            is_gone(id).await;
        });
    }
}

/// `/crash` costs its own answer and nothing else: the room goes on, and so does the next command.
#[test]
fn crash_stays_in_the_worker() {
    let (mut client, room) = visit();
    for _ in 0..3 {
        client.type_line("/crash");
        client.shows("!! /crash: the worker died: ").or_explain("the cause is not handed on", TASK_4);
        client.type_line("/upper tea");
        client
            .shows("== /upper tea: TEA")
            .or_explain("the next command goes to a worker that is gone", TASK_4);
    }
    room.say("the kettle boils");
    client.shows("<< the kettle boils").or_explain("the event loop waits for the worker", TASK_4);
    room.pongs(2).or_explain("the event loop waits for the worker", TASK_4);
    client.end_input();
    let ended = client.exits().or_explain("the client waits for its worker", TASK_4);
    check(ended == Ended::Status(0), "exit status 0", format!("{ended:?}")).or_explain(GIVEN, IDEA);
}
