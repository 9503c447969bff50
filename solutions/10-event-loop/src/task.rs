//! A spawned task: a future that cannot panic, and that leaves its outcome for a handle.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::{mem, pin::Pin};

use pin_project_lite::pin_project;
use practice::Failure;

use crate::slot::{JoinHandle, slot};
use crate::{caught::caught, current::current, event_loop::CURRENT};

// ANCHOR: spawn
/// Runs `future` as a task of the current loop, from its next turn on.
///
/// # Panics
/// Outside of `block_on`: there is no loop that could run it.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    // The answer is outside of the block: a task that was never polled gives one too.
    let (mut answer, handle) = slot();
    current(&CURRENT).own(async move { answer.give(Caught::new(future).await) });
    handle
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut place = self.project().future;
        let Some(future) = place.as_mut().as_pin_mut() else { return Poll::Pending };
        let outcome = match caught(|| future.poll(context)) {
            Ok(poll) => Ok(ready!(poll)),
            Err(panicked) => Err(panicked),
        };
        // Before anybody hears of the outcome: a panic in its drop is the task's own, too.
        let dropped = caught(|| place.set(None));
        Poll::Ready(match (outcome, dropped) {
            (Ok(value), Err(panicked)) => caught(|| drop(value)).and(Err(panicked)),
            (outcome, _) => outcome,
        })
    }
}
// ANCHOR_END: spawn

pin_project! {
    /// Ends with the value of a future, or with its panic.
    pub(crate) struct Caught<F> {
        // `None` when it has ended.
        #[pin]
        future: Option<F>,
    }
}

impl<F> Caught<F> {
    pub(crate) fn new(future: F) -> Caught<F> {
        Caught { future: Some(future) }
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
