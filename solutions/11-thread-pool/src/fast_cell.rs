//! A job of the fast stage: closure, outcome and waker in one allocation, which the future and the queue share.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::{Refused, job::Outcome};

/// A job as the threads see it.
pub(crate) trait Run: Send + Sync {
    /// Runs the closure, calls `ended`, and only then tells whoever awaits it.
    fn run(&self, ended: &dyn Fn());

    /// Drops the closure, and tells whoever awaits it why.
    fn refuse(&self, why: Refused);
}

/// A job as its future sees it.
pub(crate) trait Await<T>: Send + Sync {
    /// The outcome, once; until then the waker is kept.
    fn poll(&self, context: &mut Context<'_>) -> Poll<Outcome<T>>;
}

// ANCHOR: cell
/// The one allocation, which the queue sees as `dyn Run` and the future as `dyn Await`.
pub(crate) struct Cell<F, T> {
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
// ANCHOR_END: cell

impl<F, T> Cell<F, T> {
    /// A job that waits.
    pub(crate) fn new(job: F) -> Cell<F, T> {
        Cell { state: Mutex::new(State { stage: Stage::Waiting(job), waker: None }) }
    }

    /// A foreign panic under this lock could only be the allocator's; the state is whole in any case.
    fn lock(&self) -> MutexGuard<'_, State<F, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the outcome, wakes whoever awaits it, and gives back what was there.
    fn end(&self, outcome: Outcome<T>) -> Stage<F, T> {
        let mut state = self.lock();
        let before = mem::replace(&mut state.stage, Stage::Ended(outcome));
        let waker = state.waker.take();
        drop(state);
        // A panic of a waker is not the pool's, and must not meet another one in the drop of a result.
        let _ = catch_unwind(AssertUnwindSafe(|| waker.map(Waker::wake))).map_err(mem::forget);
        before
    }
}

impl<F: FnOnce() -> T + Send, T: Send> Run for Cell<F, T> {
    fn run(&self, ended: &dyn Fn()) {
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

impl<F: Send, T: Send> Await<T> for Cell<F, T> {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Outcome<T>> {
        // A waker's clone is foreign code, too.
        let waker = context.waker().clone();
        let mut state = self.lock();
        if let Stage::Ended(_) = state.stage {
            let Stage::Ended(outcome) = mem::replace(&mut state.stage, Stage::Empty) else { unreachable!() };
            return Poll::Ready(outcome);
        }
        let stale = state.waker.replace(waker);
        drop(state);
        drop(stale);
        Poll::Pending
    }
}
