//! WRONG: the panic is caught, and nobody hears why.
//! rejected-by: panic_reaches_its_handle
//! sentence: its text is lost
//! instead-of: task.rs

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{mem, pin::Pin};

use futures_util::FutureExt;
use practice::Failure;

use crate::{current::current, event_loop::CURRENT};

/// Runs `future` as a task of the current loop, from its next turn on.
///
/// # Panics
/// Outside of `block_on`: there is no loop that could run it.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let (task, handle) = answered(future);
    current(&CURRENT).own(task);
    handle
}

/// Wraps `future` into a task that cannot panic, and whose outcome the handle awaits.
pub(crate) fn answered<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> (impl Future<Output = ()> + Send + 'static, JoinHandle<T>) {
    let (mut answer, handle) = slot();
    let task = async move {
        // `map` drops the future where it was polled: a panic while it is dropped is caught, too.
        let caught = AssertUnwindSafe(future.map(Ok)).catch_unwind().await;
        answer.give(caught.unwrap_or_else(|_| Err(Failure::Lost)));
    };
    (task, handle)
}

/// Awaits what became of a task: its value, its panic, or [`Failure::Lost`] when its loop ended first.
///
/// Dropping the handle detaches the task, which runs on.
pub struct JoinHandle<T>(Arc<Mutex<Slot<T>>>);

/// Where a task leaves its outcome.
enum Slot<T> {
    /// Nobody has asked yet.
    Empty,
    /// Whoever awaits the outcome.
    Awaited(Waker),
    /// What became of the task.
    Filled(Result<T, Failure>),
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *slot, Slot::Empty);
        if let Slot::Filled(outcome) = before {
            return Poll::Ready(outcome);
        }
        // A new waker each time: the handle may have moved to another task.
        *slot = Slot::Awaited(context.waker().clone());
        // Before the old waker goes, which is foreign code.
        drop(slot);
        Poll::Pending
    }
}

pub(crate) fn slot<T>() -> (Answer<T>, JoinHandle<T>) {
    let slot = Arc::new(Mutex::new(Slot::Empty));
    (Answer(Some(slot.clone())), JoinHandle(slot))
}

/// The task's side of the slot; `None` when the outcome was given.
pub(crate) struct Answer<T>(Option<Arc<Mutex<Slot<T>>>>);

impl<T> Answer<T> {
    pub(crate) fn give(&mut self, outcome: Result<T, Failure>) {
        let Some(slot) = self.0.take() else { return };
        if let Slot::Awaited(waker) = put(&slot, Slot::Filled(outcome)) {
            waker.wake();
        }
    }
}

impl<T> Drop for Answer<T> {
    /// A task that is dropped before its end says so.
    fn drop(&mut self) {
        self.give(Err(Failure::Lost));
    }
}

/// Puts `new` into the slot. Its lock is free again when the caller wakes or drops what was there.
fn put<T>(slot: &Mutex<Slot<T>>, new: Slot<T>) -> Slot<T> {
    mem::replace(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner), new)
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
