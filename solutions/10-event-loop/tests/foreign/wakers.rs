//! What a waker means, whoever has it, and what it may do when it is woken.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use checks::{patience, sleeps, this_thread};

use crate::common::{Count, each_stage, elsewhere, leaves_its_waker, poll, waker};

/// All wakers of a task are one: a future may keep the first, and compare.
#[test]
fn wakers_of_a_task_are_alike() {
    each_stage!({
        let (of_task, of_other) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        block_on(async {
            drop(spawn(leaves_its_waker(of_task.clone())));
            drop(spawn(leaves_its_waker(of_other.clone())));
            for _ in 0..3 {
                yield_now().await;
                of_task.lock().unwrap().iter().for_each(Waker::wake_by_ref);
            }
        });
        let (of_task, of_other) = (of_task.lock().unwrap(), of_other.lock().unwrap());
        assert!(of_task.len() > 1 && of_task.iter().all(|waker| waker.will_wake(&of_task[0])));
        assert!(!of_task[0].will_wake(&of_other[0]));
    });
}

/// A wake is worth a poll, and many before it are worth the same one.
#[test]
fn no_poll_too_many() {
    each_stage!({
        let polls = Count::default();
        let wakers = Arc::new(Mutex::new(Vec::<Waker>::new()));
        block_on(async {
            let (counts, leaves) = (polls.clone(), wakers.clone());
            drop(spawn(poll_fn(move |context| {
                counts.add();
                leaves.lock().unwrap().push(context.waker().clone());
                Poll::<()>::Pending
            })));
            yield_now().await;
            yield_now().await;
            let all = wakers.lock().unwrap().clone();
            all.iter().for_each(Waker::wake_by_ref);
            elsewhere(move || all.into_iter().for_each(Waker::wake));
            for _ in 0..5 {
                yield_now().await;
            }
        });
        assert_eq!(polls.get(), 2);
    });
}

/// A loop with nothing to do sleeps until it is woken.
#[test]
fn idle_loop_sleeps() {
    each_stage!({
        let is_woken = Arc::new(AtomicBool::new(false));
        let (tell, told) = mpsc::channel::<(Option<u32>, Option<u64>, Waker)>();
        let wakes = is_woken.clone();
        let watch = thread::spawn(move || {
            let (thread, before, waker) = told.recv().unwrap();
            let began = Instant::now();
            let has_slept = || before.is_none() || thread.and_then(sleeps) > before;
            while !has_slept() && began.elapsed() < patience() / 2 {
                thread::sleep(Duration::from_millis(1));
            }
            let has_slept = has_slept();
            wakes.store(true, SeqCst);
            waker.wake();
            has_slept
        });
        let mut first = Some(tell);
        block_on(poll_fn(move |context| {
            if let Some(tell) = first.take() {
                let thread = this_thread();
                tell.send((thread, thread.and_then(sleeps), context.waker().clone())).unwrap();
            }
            if is_woken.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        }));
        assert!(watch.join().unwrap(), "it looks again and again whether it was woken");
    });
}

/// A waker of a task that is done wakes nobody; where numbers are used again, it may cost a stranger a poll.
#[test]
fn late_wakes_cost_a_poll_at_most() {
    let (plain, fast) = (Count::default(), Count::default());
    macro_rules! wake_late {
        ($polls:expr) => {{
            let (counts, wakers) = ($polls.clone(), Arc::new(Mutex::new(Vec::<Waker>::new())));
            block_on(async {
                let leaves = wakers.clone();
                let first = spawn(poll_fn(move |context| {
                    leaves.lock().unwrap().push(context.waker().clone());
                    Poll::Ready(())
                }));
                assert_eq!(first.await, Ok(()));
                drop(spawn(poll_fn(move |_| {
                    counts.add();
                    Poll::<()>::Pending
                })));
                yield_now().await;
                yield_now().await;
                wakers.lock().unwrap().drain(..).for_each(Waker::wake);
                yield_now().await;
                yield_now().await;
            });
        }};
    }
    {
        use solution_10::{block_on, spawn, yield_now};
        wake_late!(plain);
    }
    {
        use solution_10::fast::{block_on, spawn, yield_now};
        wake_late!(fast);
    }
    assert_eq!((plain.get(), fast.get()), (1, 2));
}

/// A task that parks the thread itself, as a blocking call does, uses up tokens that are not its own.
#[test]
fn parks_of_others_are_independent() {
    each_stage!({
        let mut is_woken = false;
        block_on(poll_fn(move |context| {
            if std::mem::replace(&mut is_woken, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            let (here, is_over) = (thread::current(), Arc::new(AtomicBool::new(false)));
            let ends = is_over.clone();
            thread::spawn(move || {
                ends.store(true, SeqCst);
                here.unpark();
            });
            while !is_over.load(SeqCst) {
                thread::park();
            }
            Poll::Pending
        }));
    });
}

/// A waker that is woken by a timer drops other sleeps, makes new ones, and spawns.
#[test]
fn wakes_may_use_the_loop() {
    each_stage!({
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let done = block_on(async move {
            let others: Vec<_> = (0..10).map(|_| sleep(Duration::from_millis(1))).collect();
            let (others, sender) = (Mutex::new(others), Mutex::new(Some(sender)));
            let uses = waker(move || {
                others.lock().unwrap().clear();
                let nap = sleep(Duration::from_millis(1));
                let sender = sender.lock().unwrap().take();
                drop(spawn(async move {
                    nap.await;
                    let _ = sender.map(|sender| sender.send(7));
                }));
            });
            let mut nap = pin!(sleep(Duration::from_millis(1)));
            assert!(nap.as_mut().poll(&mut Context::from_waker(&uses)).is_pending());
            receiver.await
        });
        assert_eq!(done, Ok(7));
    });
}

/// A waker that is woken with the outcome of a task polls the handle at once.
#[test]
fn wakes_may_poll_at_once() {
    each_stage!({
        block_on(async {
            let place = Arc::new(Mutex::new(None));
            let heard = Arc::new(Mutex::new(None));
            let (polls, tells) = (place.clone(), heard.clone());
            let at_once = waker(move || {
                let handle: Option<JoinHandle<i32>> = polls.lock().unwrap().take();
                *tells.lock().unwrap() = handle.map(|mut handle| poll(&mut handle, Waker::noop()));
            });
            let mut handle = spawn(async { 7 });
            assert!(poll(&mut handle, &at_once).is_pending());
            *place.lock().unwrap() = Some(handle);
            while heard.lock().unwrap().is_none() {
                yield_now().await;
            }
            assert_eq!(*heard.lock().unwrap(), Some(Poll::Ready(Ok(7))));
        });
    });
}

/// A handle is awaited on another thread, by another loop, while its own runs.
#[test]
fn handles_may_be_awaited_elsewhere() {
    each_stage!({
        block_on(async {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let handle = spawn(async move { receiver.await.map(|number: i32| number + 1) });
            let (back, heard) = tokio::sync::oneshot::channel();
            thread::spawn(move || {
                let _ = back.send(block_on(async move {
                    let _ = sender.send(6);
                    handle.await
                }));
            });
            assert_eq!(heard.await, Ok(Ok(Ok(7))));
        });
    });
}

/// Two loops on two threads wake one another a thousand times.
#[test]
fn loops_wake_one_another() {
    each_stage!({
        let (to_other, mut from_here) = tokio::sync::mpsc::channel(1);
        let (to_here, mut from_other) = tokio::sync::mpsc::channel(1);
        let other = thread::spawn(move || {
            block_on(async {
                while let Some(number) = from_here.recv().await {
                    let _ = to_here.send(number + 1).await;
                }
            });
        });
        let last = block_on(async move {
            let task = spawn(async move {
                let mut number = 0;
                while number < 1000 {
                    to_other.send(number).await.expect("the other loop");
                    number = from_other.recv().await.expect("the other loop");
                }
                number
            });
            task.await
        });
        assert_eq!(last, Ok(1000));
        other.join().expect("no panic");
    });
}

/// A future that moves from task to task wakes the one that has it.
#[test]
fn futures_may_move_from_task_to_task() {
    each_stage!({
        block_on(async {
            let mut inner = spawn(async {
                for _ in 0..20 {
                    yield_now().await;
                }
            });
            for _ in 0..5 {
                let polls = async move {
                    let early =
                        poll_fn(|context| Poll::Ready(Pin::new(&mut inner).poll(context).is_ready())).await;
                    (early, inner)
                };
                let (early, back) = spawn(polls).await.expect("no panic");
                assert!(!early);
                inner = back;
            }
            assert_eq!(inner.await, Ok(()));
        });
    });
}
