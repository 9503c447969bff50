//! WRONG: a new waker takes the place of the old one under the lock, and so the old one is dropped there.
//! instead-of: job.rs
//! rejected-by: replaced_waker_is_dropped_outside_the_lock
//! sentence: the old waker is dropped under the lock

use std::{
    mem,
    panic::resume_unwind,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

use crate::{Refused, queue::Place};

/// What became of a job: what its closure gave or its panic, or why it never began.
pub(crate) type Outcome<T> = Result<thread::Result<T>, Refused>;

/// The future of a job's result. Dropping it cancels a job that has not begun, and abandons one that has.
///
/// It gives the result, or why the job never began; the panic of a job goes on where it is awaited.
#[must_use = "dropping it cancels the job"]
pub struct Job<T> {
    /// Where the outcome will be.
    slot: Arc<Slot<T>>,
    /// The job's place in the queue, which ends with this future; `None` for a job that was refused.
    _place: Option<Place>,
}

impl<T> Future for Job<T> {
    type Output = Result<T, Refused>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.slot.lock();
        if let Some(outcome) = state.outcome.take() {
            drop(state);
            return Poll::Ready(outcome.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic))));
        }
        // Another task may poll than before: the one that polled last is the one to wake.
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl<T> Job<T> {
    /// A job that waits for its turn, and the promise that goes with it.
    pub(crate) fn waiting(place: impl FnOnce(Promise<T>) -> Result<Place, Refused>) -> Job<T> {
        let slot = Arc::new(Slot { state: Mutex::new(State { outcome: None, waker: None }) });
        let place = place(Promise { slot: slot.clone(), outcome: Err(Refused::Abandoned) });
        if let Err(refused) = place {
            slot.lock().outcome = Some(Err(refused));
        }
        Job { slot, _place: place.ok() }
    }
}

/// Where the two ends meet.
struct Slot<T> {
    /// Locked for moments only: nothing foreign runs under it but the clone of a waker.
    state: Mutex<State<T>>,
}

struct State<T> {
    /// What became of the job, from its end until it is awaited.
    outcome: Option<Outcome<T>>,
    /// Whom to wake then: whoever polled last.
    waker: Option<Waker>,
}

impl<T> Slot<T> {
    /// A panic under this lock could only be a waker's; the state is whole in any case.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that the pool has. Its drop delivers: whichever way it goes, whoever awaits the job hears of it.
pub(crate) struct Promise<T> {
    /// Where to deliver.
    slot: Arc<Slot<T>>,
    /// What to deliver: until the promise is kept, that the job was abandoned.
    outcome: Outcome<T>,
}

impl<T> Promise<T> {
    /// Delivers what became of the job.
    pub(crate) fn keep(mut self, ended: thread::Result<T>) {
        self.outcome = Ok(ended);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let mut state = self.slot.lock();
        state.outcome = Some(mem::replace(&mut self.outcome, Err(Refused::Abandoned)));
        let waker = state.waker.take();
        drop(state);
        // Whatever it wakes may poll at once, and must not find the lock taken.
        let _ = waker.map(Waker::wake);
    }
}
