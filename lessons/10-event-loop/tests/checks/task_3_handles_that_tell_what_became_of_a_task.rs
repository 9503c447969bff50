//! Task 3, handles that tell what became of a task: a panic and a loop that ends are answers, too.

use std::{
    future::poll_fn,
    panic::catch_unwind,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
};

use checks::{Client, Explain, ScriptedRoom, check, program};
use practice::Failure;

use super::common::{CLIENT, HANDLES, NOT_JOINED, TASK_2, bounded, each_stage, some_turns};

/// A panic reaches the handle with its text; other tasks and the loop go on.
#[test]
fn panic_reaches_its_handle() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a panic reaches its handle", || {
            let answers = || block_on(async {
                let panics = spawn(async {
                    yield_now().await;
                    if true { panic!("the cup broke") }
                });
                let other = spawn(async {
                    some_turns().await;
                    7
                });
                (panics.await, other.await)
            });
            catch_unwind(answers).map_err(|panic| Failure::panicked(&*panic).to_string())
        });
        let seen = seen.or_explain("nobody answers for a task that panicked", HANDLES);
        let expected = (Err(Failure::Panicked("the cup broke".into())), Ok(7));
        check(seen == Ok(expected), format!("{STAGE}: the panic as a value, and 7 from another task"), format!("{seen:?}"))
            .or_explain("nothing catches the panic where the task is polled, or its text is lost", HANDLES);
    });
}

/// When `main` is done, the other tasks are dropped where they await, though somebody keeps a waker.
#[test]
fn loop_that_ends_drops_its_tasks() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a loop that has ended lets go of its tasks", || {
            let (guard, kept) = (Arc::new(()), Arc::new(Mutex::new(None::<Waker>)));
            let (held, keeps) = (guard.clone(), kept.clone());
            let (handle,) = block_on(async move {
                let handle = spawn(async move {
                    let _held = held;
                    poll_fn(|context| {
                        *keeps.lock().unwrap() = Some(context.waker().clone());
                        Poll::<u8>::Pending
                    })
                    .await
                });
                some_turns().await;
                (handle,)
            });
            let waker = kept.lock().unwrap().take();
            let is_dropped = Arc::strong_count(&guard) == 1;
            waker.into_iter().for_each(Waker::wake);
            (is_dropped, block_on(handle))
        });
        let (is_dropped, lost) = seen.or_explain("the handle of a task that was dropped is never answered", HANDLES);
        check(is_dropped, format!("{STAGE}: what the task holds is dropped with the loop"), "somebody still holds it")
            .or_explain("the waker owns the future, or the queue does, and each owns the other", TASK_2);
        check(lost == Err(Failure::Lost), format!("{STAGE}: `Lost` from its handle"), format!("{lost:?}"))
            .or_explain("a task that is dropped gives no answer", HANDLES);
    });
}

/// A command that panics is an answer, and the client goes on.
#[test]
fn panicking_command_is_an_answer() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("10"), &room);
    room.joined().or_explain(NOT_JOINED, CLIENT);
    client.type_line("/sleep x");
    client
        .shows("!! /sleep x: the task panicked: how many seconds?")
        .or_explain("the panic ends the loop, or its text is lost", HANDLES);
    room.say("who dropped that?");
    client.shows("<< who dropped that?").or_explain("the panic ended the loop", HANDLES);
}
