//! What is dropped when, and what a drop may do: wake, spawn, sleep, lock.

use std::{
    cell::RefCell,
    future::{pending, poll_fn},
    mem,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::Duration,
};

use practice::Failure;

use crate::common::{Count, OnDrop, each_stage, elsewhere, leaves_its_waker, poll};

/// A task that has ended is gone before its handle hears of it, whoever keeps a waker.
#[test]
fn tasks_are_dropped_before_their_handles_hear() {
    each_stage!({
        let (wakers, held) = (Arc::new(Mutex::new(Vec::new())), Arc::new(()));
        let (keeps, holds) = (wakers.clone(), held.clone());
        let heard = block_on(async {
            let mut turns = 2;
            let task = poll_fn(move |context| {
                let _holds = &holds;
                keeps.lock().unwrap().push(context.waker().clone());
                context.waker().wake_by_ref();
                turns -= 1;
                if turns == 0 { Poll::Ready(7) } else { Poll::Pending }
            });
            let handle = spawn(task);
            (handle.await, Arc::strong_count(&held))
        });
        assert_eq!(heard, (Ok(7), 1));
        wakers.lock().unwrap().drain(..).for_each(Waker::wake);
    });
}

/// A task that is dropped with its loop wakes others, which may be gone by then, and may come in any order.
#[test]
fn drops_may_wake() {
    each_stage!({
        let dropped = Count::default();
        let wakers = Arc::new(Mutex::new(Vec::new()));
        let handles = block_on(async {
            let handles: Vec<_> = (0..10)
                .map(|_| {
                    let (left, counts) = (wakers.clone(), dropped.clone());
                    spawn(async move {
                        let wakes = left.clone();
                        let _wakes_all = OnDrop(move || {
                            counts.add();
                            wakes.lock().unwrap().iter().for_each(Waker::wake_by_ref);
                        });
                        leaves_its_waker(left).await;
                    })
                })
                .collect();
            while wakers.lock().unwrap().len() < 10 {
                yield_now().await;
            }
            handles
        });
        assert_eq!(dropped.get(), 10);
        // From another thread, and when there is another loop on this one: nobody is woken who is not meant.
        let late = wakers.lock().unwrap().clone();
        elsewhere(move || late.into_iter().for_each(Waker::wake));
        let polls = Count::default();
        block_on(async {
            let counts = polls.clone();
            drop(spawn(poll_fn(move |_| {
                counts.add();
                Poll::<()>::Pending
            })));
            for _ in 0..3 {
                wakers.lock().unwrap().iter().for_each(Waker::wake_by_ref);
                yield_now().await;
            }
        });
        assert_eq!(polls.get(), 1);
        for handle in handles {
            assert_eq!(block_on(handle), Err(Failure::Lost));
        }
    });
}

/// A task that is dropped with its loop spawns others, and they begin nothing: their handles hear so.
#[test]
fn drops_may_spawn_and_sleep() {
    each_stage!({
        let handles = Arc::new(Mutex::new(Vec::new()));
        let begun = Count::default();
        block_on(async {
            let (left, counts) = (handles.clone(), begun.clone());
            drop(spawn(async move {
                let _spawns = OnDrop(move || {
                    let (deeper, counts) = (left.clone(), counts.clone());
                    let in_a_drop = sleep(Duration::from_secs(3600));
                    let spawns_again = OnDrop(move || deeper.lock().unwrap().push(spawn(async {})));
                    left.lock().unwrap().push(spawn(async move {
                        counts.add();
                        in_a_drop.await;
                        drop(spawns_again);
                    }));
                });
                pending::<()>().await;
            }));
            yield_now().await;
            yield_now().await;
        });
        let handles: Vec<_> = handles.lock().unwrap().drain(..).collect();
        assert_eq!((handles.len(), begun.get()), (2, 0));
        for handle in handles {
            assert_eq!(block_on(handle), Err(Failure::Lost));
        }
    });
}

/// A task that panics drops what it holds, and that wakes whoever waits for it.
#[test]
fn drops_may_wake_after_a_panic() {
    each_stage!({
        let heard = block_on(async {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let mut sender = Some(sender);
            let sends = OnDrop(move || {
                let _ = sender.take().map(|sender| sender.send(7));
            });
            let waits = spawn(receiver);
            drop(spawn(async move {
                let _sends = sends;
                yield_now().await;
                panic!("as it should");
            }));
            waits.await
        });
        assert_eq!(heard, Ok(Ok(7)));
    });
}

/// A lock that a task takes when it is dropped is free: the loop holds none of anybody's while it drops.
#[test]
fn drops_may_await_their_turn_at_a_lock() {
    each_stage!({
        let log = Arc::new(Mutex::new(Vec::new()));
        block_on(async {
            for number in 0..5 {
                let log = log.clone();
                drop(spawn(async move {
                    let _logs = OnDrop(move || log.lock().unwrap().push(number));
                    pending::<()>().await;
                }));
            }
            yield_now().await;
            yield_now().await;
            let _guard = log.lock().unwrap();
        });
        let mut log = log.lock().unwrap().clone();
        log.sort();
        assert_eq!(log, [0, 1, 2, 3, 4]);
    });
}

/// The destructor of a thread-local wakes a task of a loop that runs elsewhere, and drops handles and sleeps.
#[test]
fn thread_locals_may_wake_when_they_are_dropped() {
    each_stage!({
        thread_local! { static LEFT: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) } }
        let woken = block_on(async {
            let wakers = Arc::new(Mutex::new(Vec::new()));
            let is_over = Count::default();
            let (leaves, looks) = (wakers.clone(), is_over.clone());
            let task = spawn(poll_fn(move |context| {
                leaves.lock().unwrap().push(context.waker().clone());
                if looks.get() == 1 { Poll::Ready(7) } else { Poll::Pending }
            }));
            yield_now().await;
            yield_now().await;
            std::thread::spawn(move || {
                let of_another_loop = block_on(async {
                    let mut handle = spawn(pending::<()>());
                    let mut nap = Box::pin(sleep(Duration::from_secs(3600)));
                    assert!(poll(&mut handle, Waker::noop()).is_pending());
                    assert!(poll(&mut nap, Waker::noop()).is_pending());
                    (handle, nap)
                });
                let wakes = OnDrop(move || {
                    is_over.add();
                    wakers.lock().unwrap().drain(..).for_each(Waker::wake);
                });
                LEFT.with_borrow_mut(|left| {
                    left.push(Box::new(of_another_loop));
                    left.push(Box::new(wakes));
                });
            });
            task.await
        });
        assert_eq!(woken, Ok(7));
    });
}

/// A sleep that no clock can add is one like others.
#[test]
fn sleeps_may_last_for_ever() {
    each_stage!({
        block_on(async {
            let mut ever = Box::pin(sleep(Duration::MAX));
            assert!(poll(&mut ever, Waker::noop()).is_pending());
            sleep(Duration::from_millis(1)).await;
            assert!(poll(&mut ever, Waker::noop()).is_pending());
        });
    });
}

/// Handles, wakers and sleeps that are leaked keep no task and no loop.
#[test]
fn leaks_hold_nothing_up() {
    each_stage!({
        let held = Arc::new(());
        let wakers = Arc::new(Mutex::new(Vec::new()));
        block_on(async {
            let (holds, leaves) = (held.clone(), wakers.clone());
            mem::forget(spawn(async move {
                let _holds = holds;
                leaves_its_waker(leaves).await;
            }));
            mem::forget(sleep(Duration::from_secs(3600)));
            yield_now().await;
            yield_now().await;
        });
        assert_eq!(Arc::strong_count(&held), 1);
        mem::forget(wakers);
    });
}
