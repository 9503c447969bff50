//! RIGHT: the two ends meet in a cell that is set once and in futures-util's `AtomicWaker`, without a lock of their own.
//! instead-of: job.rs

use std::{
    panic::resume_unwind,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    thread,
};

use futures_util::task::AtomicWaker;

use crate::{Refused, queue::Place};

/// What became of a job: what its closure gave or its panic, or why it never began.
pub(crate) type Outcome<T> = Result<thread::Result<T>, Refused>;

/// The future of a job's result. Dropping it cancels a job that has not begun, and abandons one that has.
#[must_use = "dropping it cancels the job"]
pub struct Job<T> {
    slot: Arc<Slot<T>>,
    _place: Option<Place>,
}

impl<T> Future for Job<T> {
    type Output = Result<T, Refused>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // The waker first, then the look: whoever comes in between has a waker to call.
        self.slot.waker.register(context.waker());
        let outcome = self.slot.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(outcome) = outcome else { return Poll::Pending };
        Poll::Ready(outcome.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic))))
    }
}

impl<T> Job<T> {
    pub(crate) fn waiting(place: impl FnOnce(Promise<T>) -> Result<Place, Refused>) -> Job<T> {
        let slot = Arc::new(Slot { outcome: Mutex::new(None), waker: AtomicWaker::new() });
        let place = place(Promise(slot.clone()));
        if let Err(refused) = place {
            slot.leave(Err(refused));
        }
        Job { slot, _place: place.ok() }
    }
}

struct Slot<T> {
    outcome: Mutex<Option<Outcome<T>>>,
    waker: AtomicWaker,
}

impl<T> Slot<T> {
    fn leave(&self, outcome: Outcome<T>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.waker.wake();
    }
}

/// Tells of an abandoned job when it is dropped before it is kept.
pub(crate) struct Promise<T>(Arc<Slot<T>>);

impl<T> Promise<T> {
    pub(crate) fn keep(self, ended: thread::Result<T>) {
        self.0.leave(Ok(ended));
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        // A promise that was kept has an outcome here, or one that was awaited already: nobody polls again.
        let mut outcome = self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if outcome.is_none() {
            *outcome = Some(Err(Refused::Abandoned));
            drop(outcome);
            self.0.waker.wake();
        }
    }
}
