//! The future of a job's result: it is ready from the beginning, since the job has run before it is made.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::Refused;

/// The future of a job's result; to be shared with a thread that runs the job.
pub struct Job<T> {
    /// The result, until it is awaited.
    result: Option<T>,
}

// It holds no reference to itself, so it may be moved between polls.
impl<T> Unpin for Job<T> {}

impl<T> Future for Job<T> {
    type Output = Result<T, Refused>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        self.result.take().map_or(Poll::Pending, |result| Poll::Ready(Ok(result)))
    }
}

impl<T> Job<T> {
    /// A job that has ended.
    pub(crate) fn ended(result: T) -> Job<T> {
        Job { result: Some(result) }
    }
}
