//! A spawned task, and the handle that awaits its outcome.
//!
//! ```text
//!   the task ──▶ Answer ──▶ slot ──▶ JoinHandle, in whoever awaits it
//!   runs on the loop          └── wakes
//! ```

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::{mem, pin::Pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use practice::Failure;

use crate::event_loop::EventLoop;

// ANCHOR: spawn
/// Runs `future` as a task of the current loop, from its next turn on.
///
/// # Panics
/// Outside of `block_on`: there is no loop that could run it.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let (task, handle) = answered(future);
    EventLoop::current().own(task);
    handle
}

/// Wraps `future` into a task that cannot panic, and whose outcome the handle awaits.
pub(crate) fn answered<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> (impl Future<Output = ()> + Send + 'static, JoinHandle<T>) {
    let slot = Slot(Arc::new(Mutex::new(State { outcome: None, is_answered: false, waker: None })));
    let answer = Answer(Slot(slot.0.clone()));
    let task = async move {
        // `map` drops the future where it was polled: a panic while it is dropped is caught, too.
        let caught = AssertUnwindSafe(future.map(Ok)).catch_unwind().await;
        answer.0.fill(caught.unwrap_or_else(|panic| Err(Failure::panicked(&*panic))));
    };
    (task, JoinHandle(slot))
}
// ANCHOR_END: spawn

/// Awaits what became of a task: its value, its panic, or [`Failure::Lost`] when its loop ended first.
///
/// Dropping the handle detaches the task, which runs on.
pub struct JoinHandle<T>(Slot<T>);

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        match state.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                // Each time anew: the handle may have moved to another task since.
                let _old = state.waker.replace(context.waker().clone());
                drop(state);
                Poll::Pending
            }
        }
    }
}

/// The task's side of the slot. A task that is dropped before its end says so.
struct Answer<T>(Slot<T>);

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        if !self.0.state().is_answered {
            self.0.fill(Err(Failure::Lost));
        }
    }
}

/// Where a task leaves its outcome.
struct Slot<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    /// What became of the task, until the handle takes it.
    outcome: Option<Result<T, Failure>>,
    /// Stays true when the outcome was taken.
    is_answered: bool,
    /// Whoever awaits the outcome.
    waker: Option<Waker>,
}

impl<T> Slot<T> {
    fn fill(&self, outcome: Result<T, Failure>) {
        let mut state = self.state();
        state.is_answered = true;
        state.outcome = Some(outcome);
        let waker = state.waker.take();
        // A waker is foreign code: it runs when the lock is free again.
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the others have their turn: the task goes to the end of the queue, once.
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
