//! A spawned task, and the handle that awaits its outcome: but the task runs before there is a handle.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::{mem, pin::Pin};

use practice::Failure;

use crate::{current::current, event_loop::CURRENT, event_loop::poll_to_the_end};

/// Runs `future` to its end at once, and everybody else waits.
///
/// # Panics
/// Outside of `block_on`: there is no loop that could run it.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    // It has no use for the loop yet, except that there must be one.
    current(&CURRENT);
    JoinHandle(Some(poll_to_the_end(future, || ())))
}

/// Awaits what became of a task. Dropping the handle detaches the task, which runs on.
///
/// # Panics
/// When it is polled again after it gave the outcome.
pub struct JoinHandle<T>(Option<T>);

/// The value has no address that anybody holds: it may move.
impl<T> Unpin for JoinHandle<T> {}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(self.0.take().expect("this handle has given its outcome: do not poll it again")))
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
