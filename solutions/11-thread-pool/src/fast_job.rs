//! A job of the fast stage: closure, outcome and waker in one allocation, which the future and the queue share.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::{Refused, fast_queue::Queue, job::Outcome};

/// A job as the threads see it.
pub(crate) trait Run: Send + Sync {
    /// Runs the closure, calls `ended`, and only then tells whoever awaits it.
    fn run(&self, ended: &mut dyn FnMut());

    /// Drops the closure, and tells whoever awaits it why.
    fn refuse(&self, why: Refused);
}

/// A job as its future sees it.
trait Poll_<T>: Send + Sync {
    /// The outcome, once; until then the waker is kept.
    fn poll(&self, context: &mut Context<'_>) -> Poll<Outcome<T>>;
}

/// The one allocation.
struct Cell<F, T> {
    /// Locked for moments only: no job runs under it, and no closure is dropped.
    state: Mutex<State<F, T>>,
}

struct State<F, T> {
    /// What the job is now.
    stage: Stage<F, T>,
    /// Whom to wake: whoever polled last.
    waker: Option<Waker>,
}

enum Stage<F, T> {
    /// It waits for a thread.
    Waiting(F),
    /// It has ended, and this became of it.
    Ended(Outcome<T>),
    /// It runs, or its outcome was taken.
    Empty,
}

impl<F, T> Cell<F, T> {
    fn lock(&self) -> MutexGuard<'_, State<F, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the outcome, wakes whoever awaits it, and gives back what was there.
    fn end(&self, outcome: Outcome<T>) -> Stage<F, T> {
        let mut state = self.lock();
        let before = mem::replace(&mut state.stage, Stage::Ended(outcome));
        let waker = state.waker.take();
        drop(state);
        let _ = waker.map(Waker::wake);
        before
    }
}

impl<F: FnOnce() -> T + Send, T: Send> Run for Cell<F, T> {
    fn run(&self, ended: &mut dyn FnMut()) {
        let stage = mem::replace(&mut self.lock().stage, Stage::Empty);
        if let Stage::Waiting(job) = stage {
            let outcome = catch_unwind(AssertUnwindSafe(job));
            ended();
            self.end(Ok(outcome));
        }
    }

    fn refuse(&self, why: Refused) {
        drop(self.end(Err(why)));
    }
}

impl<F: Send, T: Send> Poll_<T> for Cell<F, T> {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Outcome<T>> {
        let mut state = self.lock();
        if let Stage::Ended(_) = state.stage {
            let Stage::Ended(outcome) = mem::replace(&mut state.stage, Stage::Empty) else { unreachable!() };
            return Poll::Ready(outcome);
        }
        let stale = match &state.waker {
            Some(waker) if waker.will_wake(context.waker()) => None,
            _ => state.waker.replace(context.waker().clone()),
        };
        drop(state);
        drop(stale);
        Poll::Pending
    }
}

/// The future of a job's result; as [`crate::Job`].
#[must_use = "dropping it cancels the job"]
pub struct Job<T> {
    /// The job.
    cell: Arc<dyn Poll_<T>>,
    /// Where it waits, by ticket, until it has ended.
    place: Option<(Arc<Queue>, u64)>,
}

impl<T: Send + 'static> Job<T> {
    /// Hands `job` in.
    pub(crate) fn new(queue: &Arc<Queue>, job: impl FnOnce() -> T + Send + 'static) -> Job<T> {
        let cell = Arc::new(Cell { state: Mutex::new(State { stage: Stage::Waiting(job), waker: None }) });
        match queue.add(cell.clone()) {
            Ok(ticket) => Job { cell, place: Some((queue.clone(), ticket)) },
            Err(why) => {
                cell.refuse(why);
                Job { cell, place: None }
            }
        }
    }
}

impl<T> Future for Job<T> {
    type Output = Result<T, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Poll::Ready(outcome) = self.cell.poll(context) else { return Poll::Pending };
        self.place = None;
        Poll::Ready(outcome.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic))))
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        if let Some((queue, ticket)) = self.place.take() {
            queue.cancel(ticket);
        }
    }
}
