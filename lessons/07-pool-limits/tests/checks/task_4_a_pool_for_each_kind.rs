//! Task 4, a pool for each kind: nested jobs end, and a thread is left for a name and a file.

use std::{
    sync::{Arc, Mutex},
    thread,
};

use checks::{Client, Ended, Explain, ScriptedRoom, check, patience, program, span};
use pool_limits::{Pools, runtime};
use tokio::{task::JoinSet, time::timeout};

use super::common::{Answer, Bench, IDEA, QUIET, answers, in_a_loop, missed, name_and_file, results};

const KINDS: &str = "07-pool-limits.md#task-4-a-pool-for-each-kind";
const SAME_POOL: &str = "outer jobs hold the slots or the threads that their inner jobs wait for";
const SHORT_QUEUE: &str = "the pool of inner jobs has fewer places than there are outer jobs that run";

/// Nested jobs finish, also when every slot is taken by one that has not asked for its inner job yet.
#[test]
fn nested_jobs_do_not_deadlock() {
    for jobs in [2, 4] {
        let seen = in_a_loop(runtime, async move |outer_jobs| {
            let (pools, inner_jobs) = (Pools::new(), Bench::new());
            let mut callers = nested(&pools, &outer_jobs, &inner_jobs, jobs);
            outer_jobs.running(2).await;
            let _ = timeout(QUIET, outer_jobs.running(4)).await;
            outer_jobs.open();
            let _ = timeout(QUIET, inner_jobs.running(2)).await;
            inner_jobs.open();
            (answers(&mut callers, jobs).await, outer_jobs.done())
        });
        let (answers, outer) =
            seen.or_explain("fewer than two outer jobs run at once: keep the two slots, and let none of them wait for an inner one's", KINDS);
        let expected = format!("{jobs} nested jobs have their results, within {}", span(patience() / 2));
        let done = if results(&answers) == jobs { Ok(()) } else { Err(missed(expected, &answers)) };
        done.or_explain(
            match answers.len() {
                answered if answered < jobs => SAME_POOL,
                _ if outer < jobs => {
                    "outer jobs are refused: keep the numbers in `Pool::new(2, 2)`,\n\
                     and ask for the place of an inner job when the outer one awaits it"
                }
                _ => SHORT_QUEUE,
            },
            KINDS,
        );
    }
}

/// An outer job has its slot until its inner job is done: of four, two begin, and two wait, also when nobody waits for them.
#[test]
fn outer_job_keeps_its_slot_for_its_inner_one() {
    let seen = in_a_loop(runtime, async |inner_jobs| {
        let (pools, outer_jobs) = (Pools::new(), Bench::new());
        outer_jobs.open();
        let mut callers = nested(&pools, &outer_jobs, &inner_jobs, 4);
        let began = inner_jobs.runs(1).await;
        let _ = timeout(QUIET, outer_jobs.ended(3)).await;
        let outer = outer_jobs.done();
        inner_jobs.open();
        (began, outer, answers(&mut callers, 4).await)
    });
    let (began, outer, answered) = seen.or_explain(SAME_POOL, KINDS);
    check(began, format!("an inner job begins, within {}", span(patience() / 4)), "none does")
        .or_explain(SAME_POOL, KINDS);
    let likely = match outer {
        ..2 => "an outer job takes a slot of the inner ones before it begins",
        _ => "an outer job ends before its inner one is done, or has no slot",
    };
    check(outer == 2, "2 of 4 outer jobs have begun, and await their inner ones", format!("{outer} have"))
        .or_explain(likely, KINDS);
    let done = if results(&answered) == 4 { Ok(()) } else { Err(missed("then 4 results", &answered)) };
    done.or_explain(SHORT_QUEUE, KINDS);
    let seen = in_a_loop(runtime, async |inner_jobs| {
        let (pools, outer_jobs) = (Pools::new(), Bench::new());
        outer_jobs.open();
        let mut gone = nested(&pools, &outer_jobs, &inner_jobs, 2);
        outer_jobs.ended(2).await;
        gone.shutdown().await;
        let mut next = nested(&pools, &outer_jobs, &inner_jobs, 2);
        let _ = timeout(QUIET, outer_jobs.ended(3)).await;
        let outer = outer_jobs.done();
        inner_jobs.open();
        (outer, results(&answers(&mut next, 2).await))
    });
    let (outer, results) = seen.or_explain(SAME_POOL, KINDS);
    let expected = "2 abandoned outer jobs keep their slots until their inner ones are done";
    check(outer == 2, expected, format!("{} more began", outer - 2))
        .or_explain("the slot of an outer job is in the future of its caller, or its inner job is", KINDS);
    check(results == 2, "then 2 results from the next ones", results.to_string())
        .or_explain("the slot of an abandoned job never comes back", KINDS);
}

/// An inner job is a job of its own: it runs on another thread than the outer one, which awaits it.
#[test]
fn inner_job_has_a_thread_of_its_own() {
    let seen = in_a_loop(runtime, async |_| {
        let (pools, outer) = (Pools::new(), Arc::new(Mutex::new(None)));
        let noted = outer.clone();
        let note = move || *noted.lock().unwrap() = Some(thread::current().id());
        let inner = pools.nested(note, || thread::current().id());
        let inner = timeout(QUIET * 10, inner).await.ok().and_then(Result::ok);
        (inner, inner == *outer.lock().unwrap())
    });
    let (inner, same) = seen.or_explain(SAME_POOL, KINDS);
    check(inner.is_some(), "a nested job has a result, within 1.5 s", "it has none")
        .or_explain(SAME_POOL, KINDS);
    check(!same, "the inner job runs on a thread of its own", "it runs on that of the outer job").or_explain(
        "the outer job calls its inner one, or has ended when that begins: it hands it to a pool, and awaits it",
        KINDS,
    );
}

/// With every slot of every pool taken, a thread is left for a name and a file: one inner job runs at once.
#[test]
fn name_and_file_pass_the_nested_jobs() {
    let seen = in_a_loop(runtime, async |inner_jobs| {
        let (pools, outer_jobs) = (Pools::new(), Bench::new());
        outer_jobs.open();
        let _callers = nested(&pools, &outer_jobs, &inner_jobs, 8);
        inner_jobs.running(1).await;
        let _ = timeout(QUIET, inner_jobs.running(2)).await;
        (name_and_file().await, inner_jobs.peak())
    });
    let (seen, peak) = seen.or_explain(SAME_POOL, KINDS);
    seen.or_explain("outer and inner jobs take all threads: their slots together must be fewer", KINDS);
    let expected = "1 inner job at once, beside 2 outer ones, on 4 threads";
    check(peak == 1, expected, format!("{peak} at once")).or_explain(
        "inner jobs run without a slot, or have one too many: all slots together must be fewer than the threads",
        KINDS,
    );
}

/// Several `/nested` jobs end in the client too; then the room closes, and the status says so, as in lesson 05.
#[test]
fn client_finishes_nested_jobs() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("07"), &room);
    room.joined().or_explain("`run` returned before it joined the room", IDEA);
    for time in ["0.3", "0.2", "0.1"] {
        client.type_line(&format!("/nested {time}"));
    }
    for _ in 0..3 {
        client
            .shows("== /nested 0.")
            .or_explain("a nested job has no result: the checks above say why", KINDS);
    }
    room.close("closing time");
    let ended = client.exits().or_explain("the room's close frame reaches nobody", IDEA);
    check(ended == Ended::Status(3), "exit status 3, since the room closed", ended.to_string())
        .or_explain("`run` does not return what `talk_with` returns", IDEA);
}

/// Callers of so many nested jobs, each with an outer and an inner job of these benches.
fn nested(pools: &Arc<Pools>, outer: &Arc<Bench>, inner: &Arc<Bench>, count: usize) -> JoinSet<Answer> {
    let mut callers = JoinSet::new();
    for number in 0..count {
        let (pools, outer, inner) = (pools.clone(), outer.job(number), inner.job(number));
        let outer = move || {
            outer();
        };
        callers.spawn(async move { pools.nested(outer, inner).await });
    }
    callers
}
