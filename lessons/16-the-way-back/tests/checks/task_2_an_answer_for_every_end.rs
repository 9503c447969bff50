//! Task 2, an answer for every end: limit, panic and the end of the loop are values for the thread that waits.

use std::{
    panic::resume_unwind,
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use checks::{Explain, Missed, check, patience, within};
use the_way_back::{Bridge, CallError, call_async, offload};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    task::{JoinError, spawn_blocking},
    time::sleep,
};

use super::common::{ENDS, Flavor, WAITS, ended_with, endless, outcome};

const SHORT: Duration = Duration::from_millis(50);
const NO_LIMIT: &str = "nothing bounds the wait";
const WAITS_FOR_THE_LOOP: &str =
    "the limit is a timer of the loop, or what comes behind it waits for the loop, which stands still itself";

/// A future that does not end is given up at the limit, and one that ends before it is answered.
#[test]
fn limit_holds() {
    for flavor in Flavor::BOTH {
        // A busy machine may be late, and not each time.
        let (mut soonest, mut answered) = (Duration::MAX, None);
        for _ in 0..5 {
            let called = flavor.run("a call with a limit of 50 ms ends", async || {
                let handle = Handle::current();
                spawn_blocking(move || {
                    let began = Instant::now();
                    (call_async(&handle, SHORT, endless().0), began.elapsed())
                })
                .await
            });
            let (called, took) = unpanicked(called.or_explain(NO_LIMIT, ENDS)).or_explain(NO_LIMIT, ENDS);
            ended_with(called, CallError::TimedOut, "a future that does not end").or_explain(NO_LIMIT, ENDS);
            soonest = soonest.min(took);
            if soonest < 10 * SHORT {
                break;
            }
        }
        check(soonest < 10 * SHORT, "`TimedOut` at 50 ms, in one of 5 tries", format!("after {soonest:?}"))
            .or_explain("the limit is rounded, or is another one than the caller's", ENDS);
        for _ in 0..5 {
            let called = flavor.run("a call that takes half of its limit is answered", async || {
                let handle = Handle::current();
                spawn_blocking(move || call_async(&handle, 10 * SHORT, sleep(5 * SHORT))).await
            });
            let called = unpanicked(called.or_explain(NO_LIMIT, ENDS)).or_explain(NO_LIMIT, ENDS);
            let is_answered = called.is_ok();
            answered = Some(called);
            if is_answered {
                break;
            }
        }
        check(answered == Some(Ok(())), "an answer after 250 ms of 500, in one of 5 tries", said(&answered))
            .or_explain("the limit is rounded, or is another one than the caller's", ENDS);
    }
}

/// A limit of zero is a limit like any other.
#[test]
fn zero_is_a_limit() {
    for flavor in Flavor::BOTH {
        let called = flavor.run("a call with a limit of zero ends", async || {
            let handle = Handle::current();
            spawn_blocking(move || call_async(&handle, Duration::ZERO, endless().0)).await
        });
        let likely = "a limit of zero is taken for none";
        let called = unpanicked(called.or_explain(likely, ENDS)).or_explain(likely, ENDS);
        ended_with(called, CallError::TimedOut, "a future that does not end").or_explain(likely, ENDS);
    }
}

fn said(answered: &Option<Result<(), CallError>>) -> String {
    answered.as_ref().map_or("nothing".to_owned(), outcome)
}

/// The limit is the waiting thread's own: it holds while the loop stands still, too, for a job as for any thread.
#[test]
fn limit_holds_while_the_loop_stands_still() {
    let thread = Flavor::Current.run("a call with a limit of 50 ms ends", async || {
        let (handle, (tells, told)) = (Handle::current(), channel());
        thread::spawn(move || tells.send(call_async(&handle, SHORT, async {})));
        // The loop's thread waits here.
        told.recv_timeout(patience() / 3).ok()
    });
    let job = Flavor::Current.run("a job's call with a limit of 50 ms ends", async || {
        let ((starts, started), (stands, standing), (tells, told)) =
            (oneshot::channel(), channel(), channel());
        let _job = tokio::spawn(offload(move |bridge| {
            let _ = starts.send(());
            let _ = standing.recv_timeout(patience() / 3);
            let _ = tells.send(bridge.call(SHORT, async {}));
        }));
        let _ = started.await;
        // From here on the loop's thread runs nothing else.
        let _ = stands.send(());
        told.recv_timeout(patience() / 3).ok()
    });
    let expected = "`CallError::TimedOut`, while the loop stands still";
    for called in [thread, job] {
        let called = called.or_explain(NO_LIMIT, ENDS).ok_or(Missed::new(expected, "no answer at all"));
        let called = called.or_explain(WAITS_FOR_THE_LOOP, ENDS);
        check(called == Err(CallError::TimedOut), expected, outcome(&called))
            .or_explain("the future does not run on the loop", ENDS);
    }
}

/// A panic in the future is an answer, with its text; the loop and the other callers notice nothing.
#[test]
fn panic_is_an_answer_for_its_caller_alone() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("three calls are answered, of which two panic", async || {
            let (lets_go, gate) = oneshot::channel();
            let [other, one, two] = [(); 3].map(|()| Handle::current());
            let waits = spawn_blocking(move || call_async(&other, patience(), gate));
            // The payloads of `panic!("text")` and of `panic!("{text}")`.
            let panics = [
                spawn_blocking(move || {
                    call_async(&one, patience(), async { resume_unwind(Box::new("the text")) })
                }),
                spawn_blocking(move || {
                    call_async(&two, patience(), async { resume_unwind(Box::new("the text".to_owned())) })
                }),
            ];
            let [one, two] = panics;
            let panicked: [Result<Result<(), CallError>, JoinError>; 2] = [one.await, two.await];
            let _ = lets_go.send(7);
            (panicked, waits.await)
        });
        let (panicked, other) = seen.or_explain("a panic is never told to its caller", ENDS);
        for called in panicked {
            let called = unpanicked(called).or_explain("the panic goes on in the thread that called", ENDS);
            let of = "a future that panics";
            ended_with(called, CallError::Panicked("the text".into()), of).or_explain(
                "`catch_unwind` of futures-util, or `JoinError::into_panic`, keeps the text",
                ENDS,
            );
        }
        let other = unpanicked(other).or_explain("the panic reaches another caller", ENDS);
        check(other == Ok(Ok(7)), "7 for the caller whose future does not panic", outcome(&other))
            .or_explain("the panic of one future ends another", ENDS);
    }
}

/// A job hears of the same ends through its bridge.
#[test]
fn bridge_tells_the_same_ends() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("a job calls through its bridge", async || {
            let job = |bridge: &Bridge| {
                let panicked = bridge.call(patience(), async { resume_unwind(Box::new("the text")) });
                [bridge.call(SHORT, endless().0), panicked]
            };
            offload(job).await.map_err(|error| Missed::new("the job ends", format!("the error `{error}`")))
        });
        let [limit, panicked] = seen.or_explain(WAITS, ENDS).or_explain(WAITS, ENDS);
        ended_with(limit, CallError::TimedOut, "a future that does not end").or_explain(NO_LIMIT, ENDS);
        ended_with(panicked, CallError::Panicked("the text".into()), "a future that panics")
            .or_explain("the bridge loses the text of the panic", ENDS);
    }
}

/// A loop that ends while a thread waits tells it, long before the limit.
#[test]
fn end_of_the_loop_is_told_to_who_waits() {
    for flavor in Flavor::BOTH {
        let what = format!("the end of {} is told to a thread that waits", flavor.name());
        let called = within(patience(), &what, move || {
            let runtime = flavor.build().expect("a runtime");
            let (future, mut told) = endless();
            let handle = runtime.handle().clone();
            let waits = thread::spawn(move || call_async(&handle, patience() * 10, future));
            runtime.block_on(told.recv());
            runtime.shutdown_background();
            waits.join()
        });
        let called = called.or_explain("the thread waits for a future that nobody polls any more", ENDS);
        let called = called.map_err(|_| Missed::new(&what, "a panic in the thread that waits"));
        ended_with(called.or_explain(ENDED, ENDS), CallError::LoopEnded, "a loop that has ended")
            .or_explain(ENDED, ENDS);
    }
}

const ENDED: &str = "a channel whose sender was dropped with the loop is an answer, too";

/// After the end of the loop a call is told so at once.
#[test]
fn call_after_the_end_is_told() {
    for flavor in Flavor::BOTH {
        let what = format!("a call after the end of {}", flavor.name());
        let called = within(patience(), &what, move || {
            let runtime = flavor.build().expect("a runtime");
            let handle = runtime.handle().clone();
            runtime.shutdown_background();
            thread::spawn(move || call_async(&handle, patience() * 10, async { 7 })).join()
        });
        let called = called.or_explain("a loop that has ended is waited for", ENDS);
        let called = called.map_err(|_| Missed::new(&what, "a panic in the thread that calls"));
        ended_with(called.or_explain(ENDED, ENDS), CallError::LoopEnded, "a loop that has ended")
            .or_explain("the future does not run on the loop", ENDS);
    }
}

/// What a job has returned, where it did not panic.
fn unpanicked<T>(job: Result<T, JoinError>) -> Result<T, Missed> {
    job.map_err(|error| Missed::new("the call returns", format!("the job of the caller ends: {error}")))
}
