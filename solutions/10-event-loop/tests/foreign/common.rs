//! Both stages under the same names, and foreign code that panics.

use std::{
    future::poll_fn,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use checks::{Missed, patience, within};

/// Runs its block on a thread of its own, with the names of the plain stage in scope, then with those of the fast one.
macro_rules! each_stage {
    ($block:block) => {{
        #[allow(unused_imports)]
        {
            use solution_10::{JoinHandle, block_on, sleep, spawn, yield_now};
            crate::common::bounded("plain", move || $block);
        }
        #[allow(unused_imports)]
        {
            use solution_10::fast::{JoinHandle, block_on, sleep, spawn, yield_now};
            crate::common::bounded("fast", move || $block);
        }
    }};
}
pub(crate) use each_stage;

/// Fails with the text of a panic, or when `work` does not end.
#[track_caller]
pub fn bounded(stage: &str, work: impl FnOnce() + Send + 'static) {
    let ended = within(patience(), stage, || catch_unwind(AssertUnwindSafe(work)).map_err(text));
    assert!(matches!(ended, Ok(Ok(()))), "{stage}: {:?}", ended.map_err(|missed: Missed| missed));
}

/// What a panic said.
pub fn text(panic: Box<dyn std::any::Any + Send>) -> String {
    let said = practice::Failure::panicked(&*panic).to_string();
    // It may panic when it is dropped, and then the test's own thread would.
    mem::forget(panic);
    said
}

/// Panics when it is dropped, with something that does the same.
pub struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Again);
    }
}

/// What a panic carries may panic, too.
struct Again;

impl Drop for Again {
    fn drop(&mut self) {
        panic!("dropped with its panic");
    }
}

/// Counts how often it is dropped.
#[derive(Clone, Default)]
pub struct Count(Arc<AtomicUsize>);

impl Count {
    pub fn add(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    pub fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Calls a function when it is dropped.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A waker that calls a function.
pub fn waker(wakes: impl Fn() + Send + Sync + 'static) -> Waker {
    struct Calls<F>(F);
    impl<F: Fn() + Send + Sync + 'static> Wake for Calls<F> {
        fn wake(self: Arc<Self>) {
            (self.0)();
        }
    }
    Waker::from(Arc::new(Calls(wakes)))
}

/// Polls once, as `waker`.
pub fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Never ends, and leaves its waker each time it is polled.
pub fn leaves_its_waker(place: Arc<Mutex<Vec<Waker>>>) -> impl Future<Output = ()> + Send {
    poll_fn(move |context| {
        place.lock().unwrap().push(context.waker().clone());
        Poll::Pending
    })
}

/// Does something on another thread, and waits for its end.
pub fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::spawn(work).join().expect("no panic")
}
