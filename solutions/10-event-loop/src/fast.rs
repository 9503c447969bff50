//! The same loop made fast: on its own thread a wake takes no lock, and a poll allocates nothing.
//!
//! ```text
//!   the loop's thread   wake ──▶ places: a flag, a number ──┐
//!   other threads       wake ──▶ remote: an atomic, a lock ─┴──▶ take all ──▶ poll each once
//! ```

use std::cell::{RefCell, RefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{mem, pin::pin, rc::Rc, sync::Arc, thread};

use practice::trace;

use crate::places::{Answered, Places, Task};
use crate::remote::Remote;
use crate::task::slot;
pub use crate::task::{JoinHandle, yield_now};
use crate::timers::{Sleep, Timers};

/// The number of the future that `block_on` is given: it has the first place.
const MAIN: usize = 0;

thread_local! {
    /// The event loop that runs on this thread.
    static CURRENT: RefCell<Option<Rc<FastLoop>>> = const { RefCell::new(None) };
}

/// As [`crate::block_on`], and it panics where that does.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new();
    let event_loop = &*entered.0;
    let mut main = pin!(main);
    let waker = event_loop.remote.waker(event_loop.places().add(None));
    let mut turn = Vec::new();
    loop {
        event_loop.remote.take().for_each(|number| event_loop.places().wake(number));
        mem::swap(&mut event_loop.places().ready, &mut turn);
        for number in turn.drain(..) {
            let task = event_loop.places().take(number);
            if let Some(task) = task {
                event_loop.poll(number, task);
            } else if number == MAIN
                && let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return output;
            }
        }
        event_loop.timers.fire();
        trace::parked(|| event_loop.park());
    }
}

/// As [`crate::spawn`], and it panics where that does.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let (answer, handle) = slot();
    let task = Task { work: Box::pin(Answered { future, answer }), waker: None };
    current().places().add(Some(task));
    handle
}

/// As [`crate::sleep`], and it panics where that does.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::on(current().timers.clone(), duration)
}

/// Wakes `number` if `remote` belongs to the loop of this thread.
pub(crate) fn wake_here(remote: &Arc<Remote>, number: usize) -> bool {
    let woken = CURRENT.try_with(|current| match &*current.borrow() {
        Some(here) if Arc::ptr_eq(&here.remote, remote) => {
            here.places().wake(number);
            true
        }
        _ => false,
    });
    // A thread that ends has no loop any more.
    woken.unwrap_or(false)
}

fn current() -> Rc<FastLoop> {
    let current = CURRENT.with_borrow(Clone::clone);
    current.expect("no event loop runs on this thread: call this inside of `block_on`")
}

struct FastLoop {
    /// Used by this thread alone.
    places: RefCell<Places>,
    /// Where other threads leave their wakes.
    remote: Arc<Remote>,
    /// Whom to wake when.
    timers: Arc<Timers>,
}

impl FastLoop {
    fn places(&self) -> RefMut<'_, Places> {
        self.places.borrow_mut()
    }

    /// Polls a task, outside of its place: it may spawn another one.
    fn poll(&self, number: usize, mut task: Task) {
        let waker = task.waker.get_or_insert_with(|| self.remote.waker(number));
        if task.work.as_mut().run(waker).is_pending() {
            return self.places().put_back(number, task);
        }
        // Its outcome is given: a panic in its `drop` is nobody's but its own.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
        self.places().give_back(number);
    }

    fn park(&self) {
        if self.places().ready.is_empty() && self.remote.is_empty() {
            match self.timers.next() {
                Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
                None => thread::park(),
            }
        }
    }
}

/// As in the plain loop.
struct Entered(Rc<FastLoop>);

impl Entered {
    fn new() -> Entered {
        trace::own_loop();
        let (remote, timers) = (Remote::of_this_thread(), Arc::default());
        let event_loop = Rc::new(FastLoop { places: RefCell::default(), remote, timers });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`: await the future, or spawn it");
            *current = Some(event_loop.clone());
        });
        Entered(event_loop)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        while self.0.places().has_tasks() {
            let places = mem::take(&mut *self.0.places());
            drop(places);
        }
        CURRENT.set(None);
    }
}
