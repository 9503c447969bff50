//! Task 4, cancel what nobody waits for: at the limit, and when the future of the job is dropped.

use std::{thread, time::Duration};

use checks::{Ended, Explain, Missed, ScriptedRoom, check, patience};
use the_way_back::{Bridge, CallError, call_async, offload};
use tokio::{
    runtime::Handle,
    select,
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    task::spawn_blocking,
    time::timeout,
};

use super::common::{CANCEL, Flavor, Folder, WAITS, ended_with, endless, guest, outcome, silent_room};

const GOES_ON: &str = "the future goes on although nobody waits for it: abort its task";
const NOT_TOLD: &str = "nobody tells the call that its job's future was dropped";

/// Waits until a future is dropped, no longer than a part of the check's time.
async fn dropped(told: &mut UnboundedReceiver<()>) -> Result<(), Missed> {
    let closes = async { while told.recv().await.is_some() {} };
    let waited = timeout(patience() / 3, closes).await;
    waited.map_err(|_| Missed::new("the future is dropped", "it is still there"))
}

/// A call that timed out leaves nothing on the loop.
#[test]
fn future_is_dropped_at_its_limit() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("a call times out, and its future is dropped", async || {
            let (handle, (future, mut told)) = (Handle::current(), endless());
            let limit = Duration::from_millis(50);
            let called = spawn_blocking(move || call_async(&handle, limit, future)).await;
            (called.ok(), dropped(&mut told).await)
        });
        let (called, dropped) = seen.or_explain("nothing bounds the wait", CANCEL);
        dropped.or_explain(GOES_ON, CANCEL);
        let timed_out = called == Some(Err(CallError::TimedOut));
        check(timed_out, "`CallError::TimedOut`", format!("{called:?}")).or_explain(GOES_ON, CANCEL);
    }
}

/// Whoever drops the future of a job cancels every call that the job and its threads wait in, and they are told.
#[test]
fn dropped_job_cancels_its_calls() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("a job is dropped while it waits", async || {
            let [(one, mut first), (two, mut second)] = [(); 2].map(|()| endless());
            let (tells, outcomes) = oneshot::channel();
            let job = move |bridge: &Bridge| {
                // A call that was answered leaves the next ones as they were.
                let answered = bridge.call(patience(), async {});
                let other = bridge.clone();
                let beside = thread::spawn(move || other.call(patience() * 10, two));
                let _ = tells.send([
                    answered,
                    bridge.call(patience() * 10, one),
                    beside.join().unwrap_or(Ok(())),
                ]);
            };
            select! {
                _ = offload(job) => {}
                _ = async { (first.recv().await, second.recv().await) } => {}
            }
            let gone = match dropped(&mut first).await {
                Ok(()) => dropped(&mut second).await,
                missed => missed,
            };
            if gone.is_err() {
                return (gone, None);
            }
            (gone, timeout(patience() / 3, outcomes).await.ok().and_then(Result::ok))
        });
        let (gone, called) = seen.or_explain(WAITS, CANCEL);
        gone.or_explain(NOT_TOLD, CANCEL);
        let called = called.ok_or(Missed::new("the calls end", "their job still waits"));
        let [answered, calls @ ..] = called.or_explain(NOT_TOLD, CANCEL);
        check(answered == Ok(()), "an answer before the drop", outcome(&answered)).or_explain(WAITS, CANCEL);
        for called in calls {
            ended_with(called, CallError::Cancelled, "a job whose future was dropped").or_explain(
                "the call ends as if the loop had, or as if its time were up: a job should hear why",
                CANCEL,
            );
        }
    }
}

/// A job whose future was dropped begins nothing more on the loop.
#[test]
fn dropped_job_begins_no_call() {
    // What looks at either first would be right now and then.
    for flavor in [Flavor::BOTH; 10].concat() {
        let seen = flavor.run("a dropped job calls", async || {
            let (lets_go, gate) = std::sync::mpsc::channel::<()>();
            let ((starts, started), (tells, outcome)) = (oneshot::channel(), oneshot::channel());
            let (begins, mut begun) = unbounded_channel();
            let job = move |bridge: &Bridge| {
                let _ = starts.send(());
                let _ = gate.recv();
                let future = async move { begins.send(()).unwrap_or_default() };
                let _ = tells.send(bridge.call(patience(), future));
            };
            select! {
                _ = offload(job) => {}
                _ = started => {}
            }
            drop(lets_go);
            let called = timeout(patience() / 3, outcome).await.ok().and_then(Result::ok);
            (called, begun.recv().await.is_some())
        });
        let (called, begun) = seen.or_explain(WAITS, CANCEL);
        check(!begun, "no future of a dropped job begins", "it ran").or_explain(NOT_TOLD, CANCEL);
        let called = called.ok_or(Missed::new("the call ends", "its job still waits"));
        ended_with(
            called.or_explain(NOT_TOLD, CANCEL),
            CallError::Cancelled,
            "a job that was dropped before",
        )
        .or_explain(NOT_TOLD, CANCEL);
    }
}

/// A drop cancels the calls of its own job alone.
#[test]
fn drop_reaches_its_own_job_alone() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("one of two jobs is dropped", async || {
            let ((dropped, mut begun), (answer, answered)) = (endless(), oneshot::channel());
            let stays = tokio::spawn(offload(|bridge| bridge.call(patience(), answered)));
            select! {
                _ = offload(move |bridge| bridge.call(patience(), dropped)) => {}
                _ = begun.recv() => {}
            }
            let _ = answer.send(7);
            stays.await.expect("a task that ends")
        });
        let seen = seen.or_explain(WAITS, CANCEL);
        let called = seen.map_err(|error| Missed::new("7", format!("the error `{error}`")));
        let called = called.or_explain(WAITS, CANCEL);
        check(called == Ok(Ok(7)), "7 for the job that is still awaited", outcome(&called))
            .or_explain("all jobs share one signal: each needs its own", CANCEL);
    }
}

/// A room that never answers ends the scan with a sentence, and the client goes on.
#[test]
fn scan_without_an_answer_ends_at_its_limit() {
    let (room, folder) = (silent_room(), Folder::new("limit"));
    let mut client = guest(&room);
    client.type_line(&folder.scan());
    let ended = client.shows_within(": no answer in time", patience() * 2);
    ended.or_explain("the plugin waits without a limit", CANCEL);
    client.type_line("hello");
    room.hears("hello").or_explain(WAITS, CANCEL);
}

/// Whoever leaves while the plugin waits is not kept.
#[test]
fn client_leaves_while_the_plugin_waits() {
    let (room, folder) = (silent_room(), Folder::new("leaves"));
    let mut client = guest(&room);
    client.type_line(&folder.scan());
    room.hears("ice is in a").or_explain("the find does not reach the room", CANCEL);
    client.end_input();
    let ended = client.exits().or_explain("something waits for the job", CANCEL);
    check(ended == Ended::Status(0), "exit status 0 at the end of input", ended.to_string())
        .or_explain("`run` does not return what `talk_and_ask` returns", CANCEL);
    let room = ScriptedRoom::open();
    let mut client = guest(&room);
    client.type_line("/tell");
    client.interrupt();
    let ended = client.exits().or_explain("something waits after Ctrl-C", CANCEL);
    check(ended == Ended::Status(130), "exit status 130 after Ctrl-C", ended.to_string())
        .or_explain("`run` does not return what `talk_and_ask` returns", CANCEL);
}
