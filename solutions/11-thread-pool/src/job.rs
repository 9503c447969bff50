//! The two ends of a job: the future that awaits its outcome, and the promise that a thread of the pool keeps.
//!
//! ```text
//!   event loop                                        a thread of the pool
//!   Job ──poll: leaves a waker──▶ Slot ◀──keep: leaves the outcome── Promise
//!    ▲                                                                  │
//!    └────────────────────────────── wake ◀─────────────────────────────┘
//! ```

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

use crate::{Refused, queue::Place};

/// What became of a job: what its closure gave or its panic, or why it never began.
pub(crate) type Outcome<T> = Result<thread::Result<T>, Refused>;

// ANCHOR: job
/// The future of a job's result. Dropping it cancels a job that has not begun, and abandons one that has.
///
/// It gives the result, or why the job never began; the panic of a job goes on where it is awaited.
/// Polled again after that, it stays pending.
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
        // A waker's clone is foreign code, too.
        let waker = context.waker().clone();
        let mut state = self.slot.lock();
        if let Some(outcome) = state.outcome.take() {
            drop(state);
            return Poll::Ready(outcome.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic))));
        }
        // Another task may poll than before: the one that polled last is the one to wake.
        let stale = state.waker.replace(waker);
        drop(state);
        // The last of its wakers may drop a whole task: not under the lock.
        drop(stale);
        Poll::Pending
    }
}
// ANCHOR_END: job

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
    /// Locked for moments only: nothing foreign runs under it.
    state: Mutex<State<T>>,
}

struct State<T> {
    /// What became of the job, from its end until it is awaited.
    outcome: Option<Outcome<T>>,
    /// Whom to wake then: whoever polled last.
    waker: Option<Waker>,
}

impl<T> Slot<T> {
    /// A foreign panic under this lock could only be the allocator's; the state is whole in any case.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// ANCHOR: promise
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
        // Whatever it wakes may poll at once, and must not find the lock taken. A panic there ends here:
        // together with another one, in the drop of a result that nobody awaits, it would abort the process.
        let _ = catch_unwind(AssertUnwindSafe(|| waker.map(Waker::wake))).map_err(mem::forget);
    }
}
// ANCHOR_END: promise
