//! The future of the fast stage.

use std::{
    panic::resume_unwind,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::Refused;
use crate::fast_cell::{Await, Cell, Run};
use crate::fast_queue::Queue;

/// The future of a job's result; as [`crate::Job`].
#[must_use = "dropping it cancels the job"]
pub struct Job<T> {
    /// The job.
    cell: Arc<dyn Await<T>>,
    /// Where it waits, by ticket, until it has ended.
    place: Option<(Arc<Queue>, u64)>,
}

impl<T: Send + 'static> Job<T> {
    /// Hands `job` in.
    pub(crate) fn new(queue: &Arc<Queue>, job: impl FnOnce() -> T + Send + 'static) -> Job<T> {
        let cell = Arc::new(Cell::new(job));
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
