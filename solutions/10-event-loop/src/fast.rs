//! The same loop made fast: on its own thread a wake takes no lock, and a poll allocates nothing.
//!
//! ```text
//!   the loop's thread   wake ──▶ places: a flag, a number ──┐
//!   other threads       wake ──▶ remote: an atomic, a lock ─┴──▶ take all ──▶ poll each once
//! ```

use std::cell::{RefCell, RefMut};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{mem, pin::pin, sync::Arc, thread};

use practice::trace;

use crate::current::{Current, Entered, OwnsTasks, current};
use crate::places::{Places, task};
use crate::timers::{Sleep, Timers};
use crate::{caught::caught, remote::Remote, slot::slot};
pub use crate::{slot::JoinHandle, task::yield_now};

/// The number of the future that `block_on` is given: it has the first place.
const MAIN: usize = 0;

thread_local! {
    /// The event loop that runs on this thread.
    pub(crate) static CURRENT: Current<FastLoop> = const { RefCell::new(None) };
}

/// As [`crate::block_on`], and it panics where that does.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new(&CURRENT, FastLoop::new());
    let event_loop = &*entered.event_loop;
    let mut main = pin!(main);
    let waker = event_loop.remote.waker(event_loop.places().add(None));
    let mut turn = Vec::new();
    loop {
        event_loop.remote.take().for_each(|number| event_loop.places().wake(number));
        mem::swap(&mut event_loop.places().ready, &mut turn);
        for number in turn.drain(..) {
            if number != MAIN {
                event_loop.poll_task(number);
                continue;
            }
            event_loop.places().take(MAIN);
            if let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
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
    current(&CURRENT).places().add(Some(task(future, answer)));
    handle
}

/// As [`crate::sleep`], and it panics where that does.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::on(current(&CURRENT).timers.clone(), duration)
}

/// What the loop's own thread keeps, and what others reach.
pub(crate) struct FastLoop {
    /// Used by this thread alone.
    places: RefCell<Places>,
    /// Where other threads leave their wakes.
    pub(crate) remote: Arc<Remote>,
    /// Whom to wake when.
    timers: Arc<Timers>,
}

impl FastLoop {
    fn new() -> FastLoop {
        FastLoop { places: RefCell::default(), remote: Remote::of_this_thread(), timers: Arc::default() }
    }

    #[inline]
    pub(crate) fn places(&self) -> RefMut<'_, Places> {
        self.places.borrow_mut()
    }

    /// Polls a task, outside of its place: it may spawn another one.
    fn poll_task(&self, number: usize) {
        let Some(mut task) = self.places().take(number) else { return };
        if task.as_mut().run(number, &self.remote).is_pending() {
            return self.places().put_back(number, task);
        }
        self.places().give_back(number);
    }

    fn park(&self) {
        match self.timers.next() {
            _ if !self.places().ready.is_empty() || !self.remote.is_empty() => {}
            Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
            None => thread::park(),
        }
    }
}

impl OwnsTasks for FastLoop {
    fn drop_tasks(&self) {
        while self.places().has_tasks() {
            let places = mem::take(&mut *self.places());
            // Each by itself: one that panics when it is dropped takes no other along.
            places.into_tasks().for_each(|task| drop(caught(|| drop(task))));
        }
        self.timers.close();
        self.remote.close();
    }
}
