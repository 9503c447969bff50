//! Whatever panics ends neither the loop nor another task, and nothing aborts.

use std::{
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use practice::Failure;

use crate::common::{Bomb, Count, OnDrop, each_stage, poll, text, waker};

/// How a task ends.
#[derive(Clone, Copy, Debug)]
struct Ends {
    /// By a panic where it is polled.
    panics: bool,
    /// With a panic when it is dropped.
    is_bomb: bool,
    /// With a value that panics when it is dropped.
    gives_bomb: bool,
}

/// A task that counts what becomes of it and of its output.
struct Task {
    how: Ends,
    dropped: Count,
    outputs: Count,
    has_waited: bool,
}

impl Future for Task {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Output> {
        if !std::mem::replace(&mut self.has_waited, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        assert!(!self.how.panics, "as it should");
        Poll::Ready(Output { is_bomb: self.how.gives_bomb, dropped: self.outputs.clone() })
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.dropped.add();
        if self.how.is_bomb {
            panic_any(Bomb);
        }
    }
}

struct Output {
    is_bomb: bool,
    dropped: Count,
}

impl Drop for Output {
    fn drop(&mut self) {
        self.dropped.add();
        if self.is_bomb {
            panic_any(Bomb);
        }
    }
}

/// When the handle goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Handle {
    AtOnce,
    AfterAPoll,
    AfterTheEnd,
    Awaited,
    WithTheLoop,
}

/// Each end of a task with each fate of its handle: all is dropped once, and the handle hears the truth.
#[test]
fn every_end_with_every_handle() {
    const BOTH: [bool; 2] = [false, true];
    const FATES: [Handle; 5] =
        [Handle::AtOnce, Handle::AfterAPoll, Handle::AfterTheEnd, Handle::Awaited, Handle::WithTheLoop];
    let ends = BOTH.into_iter().flat_map(|panics| {
        BOTH.into_iter().flat_map(move |is_bomb| {
            BOTH.into_iter().map(move |gives_bomb| Ends { panics, is_bomb, gives_bomb })
        })
    });
    for (how, fate) in ends.flat_map(|how| FATES.into_iter().map(move |fate| (how, fate))) {
        each_stage!({
            let (dropped, outputs) = (Count::default(), Count::default());
            let task = Task { how, dropped: dropped.clone(), outputs: outputs.clone(), has_waited: false };
            let main = async {
                let mut handle = spawn(task);
                let others = spawn(async { 7 });
                match fate {
                    Handle::AtOnce => drop(handle),
                    Handle::AfterAPoll => {
                        assert!(poll(&mut handle, Waker::noop()).is_pending());
                        drop(handle);
                    }
                    Handle::Awaited => {
                        let heard = handle.await;
                        let is_right = match &heard {
                            Ok(_) => !how.panics && !how.is_bomb,
                            Err(Failure::Panicked(why)) if how.panics => why == "as it should",
                            Err(Failure::Panicked(_)) => how.is_bomb,
                            Err(Failure::Lost) => false,
                        };
                        assert!(is_right, "{how:?}");
                        // What was given is the caller's.
                        let _ = catch_unwind(AssertUnwindSafe(|| drop(heard))).map_err(std::mem::forget);
                    }
                    Handle::AfterTheEnd => {
                        while dropped.get() == 0 {
                            yield_now().await;
                        }
                        drop(handle);
                    }
                    Handle::WithTheLoop => return (others.await, Some(handle)),
                }
                while dropped.get() == 0 {
                    yield_now().await;
                }
                (others.await, None)
            };
            let (others, handle) = block_on(main);
            assert_eq!(others, Ok(7), "{how:?}, {fate:?}");
            drop(handle);
            assert_eq!(dropped.get(), 1, "{how:?}, {fate:?}");
            let gave = !how.panics && (fate != Handle::WithTheLoop || outputs.get() > 0);
            assert_eq!(outputs.get(), usize::from(gave), "{how:?}, {fate:?}");
        });
    }
}

/// A panic whose payload panics when it is dropped is an answer without a text.
#[test]
fn payloads_may_panic() {
    each_stage!({
        let heard = block_on(async {
            spawn(async {
                if true {
                    panic_any(Bomb)
                }
            })
            .await
        });
        assert_eq!(heard, Err(Failure::Panicked("without a text".into())));
    });
}

/// The tasks that are left drop bombs: `main` keeps its value, all handles hear of it, and the next loop runs.
#[test]
fn tasks_left_may_panic_when_they_are_dropped() {
    each_stage!({
        let (value, handles) = block_on(async {
            let is_begun = |number| number % 2 == 0;
            let left = |number: i32| async move {
                let _bomb = (number % 3 == 0).then(|| Bomb);
                pending::<()>().await;
            };
            let mut handles: Vec<_> =
                (0..20).filter(|number| is_begun(*number)).map(|n| spawn(left(n))).collect();
            yield_now().await;
            yield_now().await;
            handles.extend((0..20).map(|_| {
                let bomb = Bomb;
                spawn(async move { drop(bomb) })
            }));
            (5, handles)
        });
        assert_eq!(value, 5);
        for handle in handles {
            assert_eq!(block_on(handle), Err(Failure::Lost));
        }
    });
}

/// The same when `main` panics: its panic is the one that arrives.
#[test]
fn main_may_panic_beside_them() {
    each_stage!({
        let main = async {
            for _ in 0..3 {
                drop(spawn(async {
                    let _bomb = Bomb;
                    pending::<()>().await;
                }));
            }
            yield_now().await;
            yield_now().await;
            panic!("main itself");
        };
        let said = catch_unwind(AssertUnwindSafe(|| block_on(main))).map_err(text);
        assert_eq!(said, Err::<(), _>("the job panicked: main itself".into()));
        assert_eq!(block_on(async { spawn(async { 6 }).await }), Ok(6));
    });
}

/// `main` panics when it is dropped: its caller hears of it, and the next loop runs.
#[test]
fn main_may_panic_when_it_is_dropped() {
    each_stage!({
        let bomb = OnDrop(|| panic!("with main"));
        let main = poll_fn(move |_| {
            let _held = &bomb;
            Poll::Ready(())
        });
        let said = catch_unwind(AssertUnwindSafe(|| block_on(main))).map_err(text);
        assert_eq!(said, Err("the job panicked: with main".into()));
        block_on(async {});
    });
}

/// Wakers of others panic when they are woken: the one of a handle, the one of a sleep, and those that the loop leaves.
#[test]
fn wakers_may_panic() {
    each_stage!({
        let woken = Count::default();
        let wakes = woken.clone();
        let bomb = waker(move || {
            wakes.add();
            panic_any(Bomb);
        });
        let left = block_on(async {
            let mut handle = spawn(yield_now());
            let mut nap = Box::pin(sleep(Duration::from_millis(1)));
            assert!(poll(&mut handle, &bomb).is_pending() && poll(&mut nap, &bomb).is_pending());
            while woken.get() < 2 {
                yield_now().await;
            }
            let mut left = (spawn(pending::<()>()), Box::pin(sleep(Duration::from_secs(3600))));
            assert!(poll(&mut left.0, &bomb).is_pending() && poll(&mut left.1, &bomb).is_pending());
            assert_eq!(spawn(async { 7 }).await, Ok(7));
            left
        });
        assert_eq!(woken.get(), 4);
        assert_eq!(block_on(left.0), Err(Failure::Lost));
    });
}

/// Whoever polls a handle after its end hears of it at once; so does who polls a sleep when its loop has ended.
#[test]
fn late_polls_are_refused() {
    each_stage!({
        let said = block_on(async {
            let mut handle = spawn(async { 1 });
            assert_eq!((&mut handle).await, Ok(1));
            let late = spawn(handle);
            (late.await, spawn(async { 7 }).await)
        });
        let refused = "this handle has given its outcome: do not poll it again";
        assert_eq!(said, (Err(Failure::Panicked(refused.into())), Ok(7)));

        let woken = Count::default();
        let wakes = woken.clone();
        let (long, short) = block_on(async {
            let mut long = Box::pin(sleep(Duration::from_secs(3600)));
            assert!(poll(&mut long, &waker(move || wakes.add())).is_pending());
            (long, sleep(Duration::ZERO))
        });
        assert_eq!(woken.get(), 1, "the loop takes its leave of whoever sleeps");
        let said = catch_unwind(AssertUnwindSafe(|| block_on(long))).map_err(text);
        assert_eq!(said, Err("the job panicked: the event loop of this sleep has ended".into()));
        block_on(short);
    });
}

/// What `main` and the tasks hold goes with the panic of `main`.
#[test]
fn nothing_is_held_after_a_panic() {
    each_stage!({
        let held = Arc::new(());
        let (in_main, in_task) = (held.clone(), held.clone());
        let main = async move {
            let _handle = spawn(async move {
                let _in_task = in_task;
                pending::<()>().await;
            });
            yield_now().await;
            let _in_main = in_main;
            if true {
                panic!("main itself");
            }
        };
        assert!(catch_unwind(AssertUnwindSafe(|| block_on(main))).is_err());
        assert_eq!(Arc::strong_count(&held), 1);
    });
}
