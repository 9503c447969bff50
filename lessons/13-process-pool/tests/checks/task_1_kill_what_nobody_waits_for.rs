//! Task 1, kill what nobody waits for: a job that is given up is over, and its reply goes to nobody.

#[cfg(unix)]
use std::process::Command;
use std::time::Duration;

#[cfg(unix)]
use checks::{Ended, descendants, is_running, kill, pass_over, program_name};
use checks::{Explain, check};
use process_pool::{Answer, Failure, Job, Settings};
#[cfg(unix)]
use tokio::time::timeout;
use tokio::{join, task};

use super::common::{
    GIVEN, HOURS, IDEA, TASK_1, TASK_3, answers, is_gone, one, pid, said, settings, visit, with_pool,
};
#[cfg(unix)]
use super::common::{Orphan, TASK_4, bound, calls, eventually};

const DESYNC: &str =
    "the reply of a job that was given up stays in the pipe, and is taken for the next one's";

/// After a timeout the next answers belong to the next requests.
#[test]
fn timeout_does_not_shift_the_answers() {
    with_pool(one(), TASK_1, async |pool| {
        let limit = Duration::from_millis(50);
        let expected = Failure::TimedOut(limit);
        for _ in 0..3 {
            let answer = pool.call_within(Job::Slow(6 * limit), limit).await;
            check(answer == Err(expected.clone()), said(&expected), said(&answer)).or_explain(GIVEN, TASK_1);
            for text in ["tea", "milk"] {
                let expected = Ok(Answer::Text(text.to_uppercase()));
                answers(&pool, Job::Upper(text.to_owned()), expected).await.or_explain(DESYNC, TASK_1);
            }
        }
        // The one worker has another job meanwhile.
        let (_, waits) = join!(pool.call_within(HOURS, 6 * limit), pool.call_within(Job::Pid, limit));
        let expected = format!("{} for a request that waits", said(&expected));
        check(waits == Err(Failure::TimedOut(limit)), expected, said(&waits))
            .or_explain("the limit of a call begins with the call, and not with its job", TASK_1);
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

/// What a worker has started ends with it, whether it stays in the group or leaves it, and whoever ended the worker.
#[test]
#[cfg(unix)]
fn grandchildren_end_with_their_worker() {
    let leaves = cfg!(target_os = "linux") && Command::new("setsid").arg("true").status().is_ok();
    if !leaves {
        pass_over("nothing finds here what has left the group of its worker");
    }
    let cases = [
        ("sleep 1000", true, "only the worker is killed, and not its group"),
        ("setsid sleep 1000", leaves, "what has left the group keeps its mark, and nobody looks for that"),
    ];
    let cases = cases.into_iter().filter(|(_, can_be, _)| *can_be);
    for ((command, _, likely), dies) in cases.flat_map(|case| [(case, false), (case, true)]) {
        let likely =
            if dies { "the worker has died by itself, and what it has started lives on" } else { likely };
        with_pool(one(), TASK_1, async move |pool| {
            let worker = pid(&pool).await;
            let mut calls = calls(&pool, 1, || Job::Run(command.to_owned()));
            let is_sleep = |id: &u32| program_name(*id).as_deref() == Some("sleep");
            let started = async || descendants(worker).unwrap_or_default().into_iter().find(is_sleep);
            let Some(grandchild) = eventually(started).await else {
                check(false, "the worker starts a process", "it does not").or_explain(GIVEN, TASK_1);
                return;
            };
            let grandchild = Orphan(grandchild);
            if dies {
                kill(worker);
                let _ = timeout(bound() / 2, calls.join_next()).await;
            } else {
                calls.shutdown().await;
            }
            is_gone(worker, TASK_1).await;
            let ended = eventually(async || (is_running(grandchild.0) != Some(true)).then_some(())).await;
            check(ended.is_some(), format!("`{command}` ends with its worker"), "it still runs")
                .or_explain(likely, TASK_1);
        });
    }
}

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
