//! Task 3, refuse to wait on the loop: there a call is told so at once, and everywhere else it may wait.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};

use checks::{Explain, Missed, ScriptedRoom, check, patience, within};
use the_way_back::{CallError, call_async};
use tokio::{
    runtime::Handle,
    sync::mpsc::{error::TryRecvError, unbounded_channel},
    task::{block_in_place, spawn_blocking},
};

use super::common::{Flavor, REFUSE, ended_with, guest, outcome};

const STANDS: &str = "the loop's own thread waits for a task that only this thread could poll";
/// How long a refusal may take.
const SOON: Duration = Duration::from_secs(1);
const PANICS: &str = "Tokio's panic goes through to the caller";

/// What came of a call, how long it took, and whether its future is still there.
type Called = (Result<(), CallError>, Duration, bool);

/// Calls right here, wherever that is; a busy machine has five tries, since a panic that is told can take a while.
fn call_here(handle: &Handle) -> Result<Called, Missed> {
    let mut called = call_once(handle)?;
    for _ in 0..4 {
        if called.1 >= SOON {
            called = call_once(handle)?;
        }
    }
    Ok(called)
}

fn call_once(handle: &Handle) -> Result<Called, Missed> {
    let (tells, mut told) = unbounded_channel();
    let begun = Instant::now();
    let future = async move { tells.send(()).unwrap_or_default() };
    let called = catch_unwind(AssertUnwindSafe(|| call_async(handle, patience() * 10, future)));
    let called =
        called.map_err(|_| Missed::new("a call on the loop's own thread is refused", "it panics"))?;
    let is_gone = matches!(told.try_recv(), Err(TryRecvError::Disconnected));
    Ok((called, begun.elapsed(), !is_gone))
}

/// The call must have been refused, in less than a second, and its future dropped before it began.
fn refused(called: Called, place: &str) {
    let (called, took, is_there) = called;
    ended_with(called, CallError::OnTheLoop, &format!("a call {place}")).or_explain(STANDS, REFUSE);
    check(took < SOON, format!("a refusal within 1 s, {place}"), format!("after {took:?}"))
        .or_explain("the call waits before it is refused", REFUSE);
    check(!is_there, format!("the future is dropped with the refusal, {place}"), "it is still there")
        .or_explain("the future is handed over before the call is refused", REFUSE);
}

/// On the loop's own thread a call is refused within a second, in a task and in the body of `block_on`, on both flavors.
#[test]
fn call_on_the_loop_is_refused() {
    for flavor in Flavor::BOTH {
        let what = "a call on the loop's own thread is refused";
        let body = flavor.run(what, async || call_here(&Handle::current()));
        refused(body.or_explain(STANDS, REFUSE).or_explain(PANICS, REFUSE), "in the body of `block_on`");
        let task = flavor.run(what, async || {
            let task = tokio::spawn(async { call_here(&Handle::current()) });
            task.await.expect("a task that ends")
        });
        refused(task.or_explain(STANDS, REFUSE).or_explain(PANICS, REFUSE), "in a task");
    }
}

/// It would freeze another loop as well, however free the one is that is called.
#[test]
fn call_from_another_loop_is_refused() {
    let other = within(patience(), "a loop on a thread of its own", || {
        let runtime = Flavor::Multi.build().expect("a runtime");
        let handle = runtime.handle().clone();
        (runtime, handle)
    });
    let (other, handle) = other.or_explain("the machine is busy", REFUSE);
    let called = Flavor::Current.run("a call of another loop is refused", async move || call_here(&handle));
    refused(called.or_explain(STANDS, REFUSE).or_explain(PANICS, REFUSE), "on the thread of another loop");
    other.shutdown_background();
}

/// A thread may wait until it runs a loop, and again behind that: what holds now is asked in each call.
#[test]
fn each_call_asks_anew() {
    let seen = within(patience() * 2, "calls before a loop, on it, and behind it", || {
        let (mine, other) = (Flavor::Current.build()?, Flavor::Multi.build()?);
        let before = call_here(other.handle());
        let on = mine.block_on(async { call_here(other.handle()) });
        let behind = call_here(other.handle());
        other.shutdown_background();
        io::Result::Ok([(before, Ok(())), (on, Err(CallError::OnTheLoop)), (behind, Ok(()))])
    });
    let seen = seen.or_explain(STANDS, REFUSE).expect("two loops");
    for (place, (called, due)) in ["before its loop runs", "on it", "behind it"].into_iter().zip(seen) {
        let (called, ..) = called.or_explain(PANICS, REFUSE);
        check(called == due, format!("{} for a thread, {place}", outcome(&due)), outcome(&called))
            .or_explain("whether a thread may wait is remembered, or asked of something else", REFUSE);
    }
}

/// A job, a thread, a thread inside `enter`, and `block_in_place` may wait: none of them is refused.
#[test]
fn whoever_may_block_is_answered() {
    for flavor in Flavor::BOTH {
        let seen = flavor.run("calls from where one may block", async move || {
            let call = |handle: &Handle| call_async(handle, patience(), async { 7 });
            let [job, thread, entered, placed] = [(); 4].map(|()| Handle::current());
            let job = spawn_blocking(move || call(&job)).await.ok();
            let threads = spawn_blocking(move || {
                let alone = thread::spawn(move || call(&thread)).join().ok();
                let entered = thread::spawn(move || {
                    let _inside = entered.enter();
                    call(&entered)
                });
                (alone, entered.join().ok())
            });
            let (alone, entered) = threads.await.unwrap_or_default();
            let mut seen = vec![("a job", job), ("a thread", alone), ("a thread in `enter`", entered)];
            if flavor == Flavor::Multi {
                let task = tokio::spawn(async move { block_in_place(|| call(&placed)) });
                seen.push(("`block_in_place`", task.await.ok()));
            }
            seen
        });
        for (place, called) in seen.or_explain(STANDS, REFUSE) {
            let called = called.ok_or(Missed::new(format!("7, in {place}"), "a panic"));
            let called = called.or_explain("a thread that may block panics", REFUSE);
            check(called == Ok(7), format!("7, in {place}, on {}", flavor.name()), outcome(&called))
                .or_explain("a thread that may block is taken for the loop's own", REFUSE);
        }
    }
}

/// The client says so in one sentence, beside Tokio's own, and goes on.
#[test]
fn client_refuses_to_wait_on_its_loop() {
    let room = ScriptedRoom::open();
    let mut client = guest(&room);
    client.type_line("/tell hello");
    client.shows("!! /tell hello: refused: ").or_explain(PANICS, REFUSE);
    let is_told = client.screen().contains("from within a runtime");
    check(is_told, "Tokio's own message beside it", "nothing").or_explain(
        "the panic hook is replaced, or Tokio is not asked: whoever must mend the call does not see where it is",
        REFUSE,
    );
    room.pongs(2).or_explain(STANDS, REFUSE);
    client.type_line("good day");
    room.hears_next("good day").or_explain("the future is begun, although its call is refused", REFUSE);
}
