//! Task 3, handles that tell what became of a task: a panic and a loop that ends are answers, too.

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use checks::{Client, Explain, ScriptedRoom, check, program};
use practice::Failure;

use super::common::{
    AT_ONCE, CLIENT, Flag, HANDLES, NOT_JOINED, TASK_2, bounded, counted, detach, each_stage, some_turns,
    times,
};

/// A task whose handle is dropped runs on.
#[test]
fn dropped_handle_detaches_its_task() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task runs on after its handle was dropped", || {
            block_on(async {
                let (go, done) = (Flag::default(), Flag::default());
                let (waits, tells) = (go.clone(), done.clone());
                detach(spawn(async move {
                    waits.raised().await;
                    tells.raise();
                }));
                some_turns().await;
                go.raise();
                done.raised().await;
            });
        });
        seen.or_explain("dropping the handle drops the task", TASK_2);
    });
}

/// A handle that has moved to another task wakes that one, not the one that polled it first.
#[test]
fn handle_wakes_whoever_polled_it_last() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a handle that has moved wakes its new owner", || {
            block_on(async {
                let go = Flag::default();
                let mut handle = spawn(go.clone().raised());
                let early = poll_fn(|context| Poll::Ready(Pin::new(&mut handle).poll(context).is_ready())).await;
                let owner = spawn(handle);
                some_turns().await;
                go.raise();
                (early, owner.await)
            })
        });
        let seen = seen.or_explain("the handle keeps the waker of its first poll", TASK_2);
        check(seen == (false, Ok(Ok(()))), format!("{STAGE}: pending, then the answer"), format!("{seen:?}"))
            .or_explain(AT_ONCE, TASK_2);
    });
}

/// `main` is the one whose end counts: tasks that are not done hold it up no longer.
#[test]
fn end_of_main_is_the_end() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "`block_on` returns when `main` is done", || {
            block_on(async {
                detach(spawn(Flag::default().raised()));
                some_turns().await;
            });
        });
        seen.or_explain("`spawn` or `block_on` waits for a task that nobody awaits", TASK_2);
    });
}

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
        let seen = seen.or_explain("nobody answers for a task that panicked, or its panic ends the turn of those behind it", HANDLES);
        let expected = (Err(Failure::Panicked("the cup broke".into())), Ok(7));
        check(seen == Ok(expected), format!("{STAGE}: the panic as a value, and 7 from another task"), format!("{seen:?}"))
            .or_explain("nothing catches the panic where the task is polled, or its text is lost", HANDLES);
    });
}

/// A task that panicked is over: it is dropped like one that is done, and a late wake finds nobody.
#[test]
fn panicked_task_is_over() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "the loop runs on after a task that panicked is woken", || {
            let (polls, held, kept) = (Arc::new(AtomicUsize::new(0)), Arc::new(()), Arc::new(Mutex::new(None)));
            let (count, holds, keeps) = (polls.clone(), held.clone(), kept.clone());
            let is_dropped = || block_on(async move {
                let task = poll_fn(move |context| -> Poll<()> {
                    let _holds = &holds;
                    *keeps.lock().unwrap() = Some(context.waker().clone());
                    panic!("the cup broke")
                });
                let _ = spawn(counted(count, task)).await;
                some_turns().await;
                let is_dropped = Arc::strong_count(&held) == 1;
                kept.lock().unwrap().take().into_iter().for_each(Waker::wake);
                some_turns().await;
                is_dropped
            });
            let is_dropped = catch_unwind(is_dropped).map_err(|panic| Failure::panicked(&*panic).to_string());
            (polls.load(SeqCst), is_dropped)
        });
        let (polls, is_dropped) = seen.or_explain("nobody answers for a task that panicked", HANDLES);
        check(is_dropped.is_ok(), format!("{STAGE}: the loop goes on"), format!("{is_dropped:?}"))
            .or_explain("nothing catches the panic where the task is polled", HANDLES);
        check(polls == 1, format!("{STAGE}: a task that panicked is not polled again"), times(polls))
            .or_explain("the loop keeps a task that panicked, and polls it", HANDLES);
        check(is_dropped == Ok(true), format!("{STAGE}: a task that panicked is dropped"), "somebody still holds it")
            .or_explain("the loop keeps a task that panicked to its own end", HANDLES);
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
        let (is_dropped, lost) = seen.or_explain("`block_on` does not return when `main` is done, or nobody answers for a task that it drops", HANDLES);
        check(is_dropped, format!("{STAGE}: what the task holds is dropped with the loop"), "somebody still holds it")
            .or_explain("the waker owns the future, or the queue does, and each owns the other", TASK_2);
        check(lost == Err(Failure::Lost), format!("{STAGE}: `Lost` from its handle"), format!("{lost:?}"))
            .or_explain("a task that is dropped gives no answer", HANDLES);
    });
}

/// A task that was not even polled once is lost like the others when the loop ends.
#[test]
fn task_that_never_began_is_lost_too() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "the handle of a task that was spawned last is answered", || {
            let (handle,) = block_on(async { (spawn(Flag::default().raised()),) });
            block_on(handle)
        });
        let lost = seen.or_explain("whoever answers for a task that is dropped is made at its first poll, or `spawn` polls to the end", HANDLES);
        check(lost == Err(Failure::Lost), format!("{STAGE}: `Lost` from its handle"), format!("{lost:?}"))
            .or_explain("a task that is dropped gives no answer", HANDLES);
    });
}

/// Whoever waits on another loop is woken when the task's own loop ends, and hears `Lost`.
#[test]
fn lost_wakes_whoever_waits() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a handle is awaited on another loop, and the loop of its task ends", || {
            let (sender, handles) = mpsc::channel();
            let awaited = Flag::default();
            let waits = awaited.clone();
            let elsewhere = thread::spawn(move || {
                let mut handle: JoinHandle<()> = handles.recv().expect("a handle");
                block_on(poll_fn(move |context| {
                    let polled = Pin::new(&mut handle).poll(context);
                    waits.raise();
                    polled
                }))
            });
            block_on(async move {
                sender.send(spawn(Flag::default().raised())).expect("another loop");
                awaited.raised().await;
            });
            elsewhere.join().expect("an answer")
        });
        let lost = seen.or_explain("a task that is dropped gives no answer, or wakes nobody for it; or `spawn` polls to the end", HANDLES);
        check(lost == Err(Failure::Lost), format!("{STAGE}: `Lost` from its handle"), format!("{lost:?}"))
            .or_explain("a task that is dropped gives no answer", HANDLES);
    });
}

/// What a task drops at the end of its loop may spawn: that task is lost as well, and what it drops may spawn in turn.
#[test]
fn dropped_task_may_spawn() {
    each_stage!(STAGE => {
        let seen = bounded(STAGE, "a task that is dropped with its loop spawns another one", || {
            let (sender, handles) = mpsc::channel();
            block_on(async move {
                let text = |panic: Box<dyn Any + Send>| Failure::panicked(&*panic).to_string();
                let tells = sender.clone();
                let last = OnDrop(Some(move || {
                    let handle = catch_unwind(|| spawn(async { 7 })).map_err(text);
                    tells.send(handle).expect("a loop that ends");
                }));
                let spawns = OnDrop(Some(move || {
                    let handle = catch_unwind(AssertUnwindSafe(|| spawn(drop_with(last)))).map_err(text);
                    sender.send(handle).expect("a loop that ends");
                }));
                detach(spawn(drop_with(spawns)));
                some_turns().await;
            });
            handles.try_iter().map(|handle| handle.map(block_on)).collect::<Vec<_>>()
        });
        let lost = seen.or_explain("nobody answers for a task that is spawned while the loop ends, or `spawn` polls to the end", HANDLES);
        let expected = format!("{STAGE}: `spawn` gives a handle, twice, while the loop drops its tasks");
        check(lost.len() == 2 && lost.iter().all(Result::is_ok), expected, format!("{lost:?}"))
            .or_explain("the tasks are borrowed while they are dropped, or `drop_tasks` drops those alone that it finds at first, or none", HANDLES);
        check(lost.iter().all(|lost| *lost == Ok(Err(Failure::Lost))), format!("{STAGE}: `Lost` from both handles"), format!("{lost:?}"))
            .or_explain("a task begins while its loop ends: `spawn` polls it, or the tasks are polled once more", HANDLES);
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

/// Holds something until it is dropped itself.
async fn drop_with<T>(held: T) -> i32 {
    let _held = held;
    Flag::default().raised().await;
    7
}

/// Calls a function when it is dropped.
struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(|call| call());
    }
}
