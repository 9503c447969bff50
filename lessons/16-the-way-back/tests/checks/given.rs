//! What Tokio and others do by themselves: these are green before you change a line.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use checks::{Explain, check, patience};
use tokio::{
    join,
    runtime::{Builder, Handle},
    sync::oneshot,
    task::{block_in_place, spawn_blocking, yield_now},
    time::sleep,
};

use super::common::{Flavor, IDEA, endless};

const OTHER_TOKIO: &str = "this Tokio is not the one that the page describes";

/// Long enough for what must not happen; what is right only spends it.
const QUIET: Duration = Duration::from_millis(150);

/// A timer through `Handle::block_on` ends when the loop's own thread turns again, and not before.
#[test]
fn handle_block_on_waits_for_the_loop() {
    let seen = Flavor::Current.run("a timer of 20 ms ends", async || {
        let (tells, told) = mpsc::channel();
        let handle = Handle::current();
        let job = spawn_blocking(move || {
            handle.block_on(sleep(Duration::from_millis(20)));
            let _ = tells.send(());
        });
        // The loop's thread waits here, and nobody looks at its timers.
        let early = told.recv_timeout(QUIET).is_ok();
        (early, job.await.is_ok())
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    check(seen == (false, true), "no end while the loop stands still, and one after it", format!("{seen:?}"))
        .or_explain(OTHER_TOKIO, IDEA);
}

/// `block_on` on a loop's own thread panics, on both flavors; in a job it does not.
#[test]
fn block_on_on_the_loop_panics() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("`block_on` is tried", async || {
            let tried = || Handle::current().block_on(async { 7 });
            let panic = catch_unwind(AssertUnwindSafe(tried)).err();
            let text = panic.and_then(|panic| panic.downcast::<&str>().ok().map(|text| text.to_string()));
            (text, spawn_blocking(tried).await.ok())
        });
        let (text, job) = seen.or_explain(OTHER_TOKIO, IDEA);
        let begins = text.as_ref().is_some_and(|text| text.starts_with("Cannot start a runtime from within"));
        check(begins, "a panic: `Cannot start a runtime from within a runtime`", format!("{text:?}"))
            .or_explain(OTHER_TOKIO, IDEA);
        check(job == Some(7), "7, in a job", format!("{job:?}")).or_explain(OTHER_TOKIO, IDEA);
    }
}

/// `futures::executor::block_on` on the loop's own thread says nothing: it waits for a task that has no turn.
#[test]
fn another_executor_freezes_the_loop_without_a_word() {
    let seen = Flavor::Current.run("the check lets the loop go", async || {
        let (answer, answered) = oneshot::channel();
        let had_its_turn = Arc::new(AtomicBool::new(false));
        let flag = had_its_turn.clone();
        tokio::spawn(async move { flag.store(true, SeqCst) });
        // Without this thread it would wait for ever.
        thread::spawn(move || {
            thread::sleep(QUIET);
            answer.send(())
        });
        let answered = futures_executor::block_on(answered);
        (answered.is_ok(), had_its_turn.load(SeqCst))
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    check(seen == (true, false), "no turn for a task until it is let go", format!("{seen:?}"))
        .or_explain(OTHER_TOKIO, IDEA);
}

/// A runtime for each call answers, and takes along what the call has spawned.
#[test]
fn runtime_of_its_own_drops_what_was_spawned() {
    let seen = Flavor::Current.run("a call with a runtime of its own", async || {
        let (future, mut told) = endless();
        let call = spawn_blocking(move || {
            let runtime = Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async move {
                tokio::spawn(future);
                yield_now().await;
                7
            })
        });
        let answer = call.await.ok();
        (answer, told.recv().await.is_some(), told.recv().await.is_none())
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    let expected = "the answer 7, and a task that began and is dropped";
    check(seen == (Some(7), true, true), expected, format!("{seen:?}")).or_explain(OTHER_TOKIO, IDEA);
}

/// `block_in_place` lets other tasks run, and not the branches of its own; on a current-thread loop it panics.
#[test]
fn block_in_place_stops_its_own_branches() {
    let seen = Flavor::Multi.run("a task blocks in place", async || {
        let blocks = async {
            let (other_ran, hears) = mpsc::channel();
            let (wakes, woken) = oneshot::channel();
            let sibling_ran = &AtomicBool::new(false);
            let sibling = async {
                let _ = woken.await;
                sibling_ran.store(true, SeqCst);
            };
            let block = async move {
                yield_now().await;
                tokio::spawn(async move {
                    let _ = wakes.send(());
                    let _ = other_ran.send(());
                });
                block_in_place(|| (hears.recv_timeout(patience() / 2).is_ok(), sibling_ran.load(SeqCst)))
            };
            join!(sibling, block).1
        };
        tokio::spawn(blocks).await.ok()
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    check(
        seen == Some((true, false)),
        "another task runs, and the other branch does not",
        format!("{seen:?}"),
    )
    .or_explain(OTHER_TOKIO, IDEA);
    let seen = Flavor::Current
        .run("a task blocks in place", async || catch_unwind(|| block_in_place(|| 7)).is_err());
    check(seen == Ok(true), "a panic on a current-thread loop", format!("{seen:?}"))
        .or_explain(OTHER_TOKIO, IDEA);
}

/// One task owns the list: a job asks it over a channel and waits for the reply, and on the loop the same send panics.
#[test]
fn owner_task_answers_a_job() {
    let seen = Flavor::Current.run("a job is answered by an owner", async || {
        let (asks, mut asked) = tokio::sync::mpsc::channel::<oneshot::Sender<usize>>(1);
        tokio::spawn(async move {
            let mut calls = 0;
            while let Some(reply) = asked.recv().await {
                calls += 1;
                let _ = reply.send(calls);
            }
        });
        let ask = move || {
            let (reply, replied) = oneshot::channel();
            let _ = asks.blocking_send(reply);
            replied.blocking_recv().ok()
        };
        let panics = catch_unwind(AssertUnwindSafe(&ask)).is_err();
        (panics, spawn_blocking(move || [ask(), ask()]).await.ok())
    });
    let seen = seen.or_explain(OTHER_TOKIO, IDEA);
    let expected = "a panic on the loop, and two replies in a job";
    check(seen == (true, Some([Some(1), Some(2)])), expected, format!("{seen:?}"))
        .or_explain(OTHER_TOKIO, IDEA);
}
