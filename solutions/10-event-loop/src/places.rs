//! What the fast loop's own thread keeps: numbered places for tasks, and the numbers that are ready.

use std::task::{Context, Poll, Waker, ready};
use std::{mem, pin::Pin, sync::Arc};

use pin_project_lite::pin_project;

use crate::remote::Remote;
use crate::slot::Answer;
use crate::task::Caught;

/// No lock and no atomic: one thread uses it.
#[derive(Default)]
pub(crate) struct Places {
    /// Whom to poll in the next turn.
    pub(crate) ready: Vec<usize>,
    /// By number.
    places: Vec<Place>,
    /// Numbers to use again. A late wake then polls a stranger once too often, which a future allows.
    free: Vec<usize>,
}

/// Room for one task.
#[derive(Default)]
struct Place {
    /// `None` while the task is polled, when it is done, and for `main`, which stands elsewhere.
    task: Option<Task>,
    /// So that many wakes before a poll are one entry.
    is_ready: bool,
}

/// A future that the loop owns, and all that belongs to it.
pub(crate) type Task = Pin<Box<dyn Work + Send>>;

impl Places {
    /// Gives a task a number, and wakes it.
    pub(crate) fn add(&mut self, task: Option<Task>) -> usize {
        let number = self.free.pop().unwrap_or(self.places.len());
        if number == self.places.len() {
            self.places.push(Place::default());
        }
        self.places[number].task = task;
        self.wake(number);
        number
    }

    // ANCHOR: places
    #[inline]
    pub(crate) fn wake(&mut self, number: usize) {
        if let Some(place) = self.places.get_mut(number)
            && !mem::replace(&mut place.is_ready, true)
        {
            self.ready.push(number);
        }
    }

    /// Takes a task out to poll it; a wake from now on counts for the next turn.
    #[inline]
    pub(crate) fn take(&mut self, number: usize) -> Option<Task> {
        let place = self.places.get_mut(number)?;
        place.is_ready = false;
        place.task.take()
    }
    // ANCHOR_END: places

    #[inline]
    pub(crate) fn put_back(&mut self, number: usize, task: Task) {
        // It is empty, and this spares the look for what to drop.
        self.places[number].task.get_or_insert(task);
    }

    pub(crate) fn give_back(&mut self, number: usize) {
        self.free.push(number);
    }

    pub(crate) fn has_tasks(&self) -> bool {
        self.places.iter().any(|place| place.task.is_some())
    }

    pub(crate) fn into_tasks(self) -> impl Iterator<Item = Task> {
        self.places.into_iter().filter_map(|place| place.task)
    }
}

/// What can be polled until it has answered.
pub(crate) trait Work {
    /// Polls it once; `number` is whom its waker wakes.
    fn run(self: Pin<&mut Self>, number: usize, remote: &Arc<Remote>) -> Poll<()>;
}

pin_project! {
    /// A future beside its answer and its waker: one allocation, and one call for each poll.
    struct Answered<F: Future> {
        #[pin]
        future: Caught<F>,
        answer: Answer<F::Output>,
        // Made for the first poll, and kept for the others.
        waker: Option<Waker>,
    }
}

/// The task that runs `future` and gives its outcome to `answer`.
pub(crate) fn task<F>(future: F, answer: Answer<F::Output>) -> Task
where
    F: Future<Output: Send> + Send + 'static,
{
    Box::pin(Answered { future: Caught::new(future), answer, waker: None })
}

impl<F: Future> Work for Answered<F> {
    fn run(self: Pin<&mut Self>, number: usize, remote: &Arc<Remote>) -> Poll<()> {
        let work = self.project();
        let waker = work.waker.get_or_insert_with(|| remote.waker(number));
        work.answer.give(ready!(work.future.poll(&mut Context::from_waker(waker))));
        Poll::Ready(())
    }
}
