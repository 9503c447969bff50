//! Where a task leaves its outcome, and the handle that awaits it.
//!
//! ```text
//!   the task ──▶ Answer ──▶ slot ──▶ JoinHandle, in whoever awaits it
//!   runs on the loop          └── wakes
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{mem, pin::Pin};

use practice::Failure;

use crate::caught::caught;

/// Awaits what became of a task: its value, its panic, or [`Failure::Lost`] when its loop ended first.
///
/// Dropping the handle detaches the task, which runs on.
///
/// # Panics
/// When it is polled again after it gave the outcome.
pub struct JoinHandle<T>(Arc<Slot<T>>);

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A new waker each time: the handle may have moved to another task.
        match self.0.ask(context.waker().clone()) {
            State::Filled(outcome) => Poll::Ready(outcome),
            State::Closed => panic!("this handle has given its outcome: do not poll it again"),
            State::Empty | State::Awaited(_) => Poll::Pending,
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    /// An outcome that nobody awaits goes with the handle; a panic in its drop is its own.
    fn drop(&mut self) {
        let before = mem::replace(&mut *self.0.lock(), State::Closed);
        let _ = caught(|| drop(before));
    }
}

/// Where the two sides meet.
struct Slot<T> {
    /// Locked for moments only. Wakers and outcomes are foreign code: they are cloned, woken and dropped outside.
    state: Mutex<State<T>>,
}

enum State<T> {
    /// Nobody has asked yet.
    Empty,
    /// Whoever awaits the outcome.
    Awaited(Waker),
    /// What became of the task.
    Filled(Result<T, Failure>),
    /// The outcome was taken, or nobody wants it.
    Closed,
}

impl<T> Slot<T> {
    /// Takes the outcome, or leaves `waker` until it comes; gives back what was there.
    fn ask(&self, waker: Waker) -> State<T> {
        let mut asks = State::Awaited(waker);
        let mut state = self.lock();
        if let State::Filled(_) | State::Closed = *state {
            return mem::replace(&mut *state, State::Closed);
        }
        mem::swap(&mut *state, &mut asks);
        asks
    }

    /// Leaves the outcome, unless nobody wants it; gives back what is in nobody's hands then.
    fn fill(&self, outcome: Result<T, Failure>) -> State<T> {
        let mut state = self.lock();
        if let State::Closed = *state {
            return State::Filled(outcome);
        }
        mem::replace(&mut *state, State::Filled(outcome))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn slot<T>() -> (Answer<T>, JoinHandle<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Empty) });
    (Answer(Some(slot.clone())), JoinHandle(slot))
}

/// The task's side of the slot; `None` when the outcome was given.
pub(crate) struct Answer<T>(Option<Arc<Slot<T>>>);

impl<T> Answer<T> {
    pub(crate) fn give(&mut self, outcome: Result<T, Failure>) {
        let Some(slot) = self.0.take() else { return };
        let before = slot.fill(outcome);
        // A waker may panic, and so may an outcome that nobody wants when it is dropped: the task is done all the same.
        let _ = caught(|| match before {
            State::Awaited(waker) => waker.wake(),
            unwanted => drop(unwanted),
        });
    }
}

impl<T> Drop for Answer<T> {
    /// A task that is dropped before its end says so.
    fn drop(&mut self) {
        self.give(Err(Failure::Lost));
    }
}
