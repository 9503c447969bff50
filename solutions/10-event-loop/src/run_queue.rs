//! The run queue: who was woken, in order, and each of them once.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::{pin::Pin, thread, thread::Thread};

/// The numbers of those who were woken. Any thread adds to it; the loop's own takes all at once.
pub(crate) struct RunQueue {
    /// In the order in which they were woken.
    numbers: Mutex<Vec<u64>>,
    /// The thread of the loop, which may be parked.
    thread: Thread,
}

impl RunQueue {
    /// The queue of a loop that runs on the calling thread.
    pub(crate) fn of_this_thread() -> RunQueue {
        RunQueue { numbers: Mutex::default(), thread: thread::current() }
    }

    /// What wakes `number`.
    pub(crate) fn ticket(self: &Arc<Self>, number: u64) -> Arc<Ticket> {
        Arc::new(Ticket { number, is_queued: AtomicBool::new(false), queue: self.clone() })
    }

    /// All who were woken until now.
    pub(crate) fn take(&self) -> Vec<u64> {
        mem::take(&mut *self.numbers())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.numbers().is_empty()
    }

    fn push(&self, number: u64) {
        self.numbers().push(number);
        // After the push: the loop that this wakes must find the number.
        self.thread.unpark();
    }

    fn numbers(&self) -> MutexGuard<'_, Vec<u64>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// ANCHOR: ticket
/// What a waker is made of: it puts its number into the queue, unless it is there already.
pub(crate) struct Ticket {
    /// Whom it wakes.
    number: u64,
    /// So that a thousand wakes before a poll are one entry.
    is_queued: AtomicBool,
    /// Where the number goes; the loop itself may be gone.
    queue: Arc<RunQueue>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, AcqRel) {
            self.queue.push(self.number);
        }
    }
}

impl Ticket {
    /// Polls `future`; a wake during the poll counts for the next one.
    pub(crate) fn poll<F: Future + ?Sized>(&self, future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
        // Before the poll, and a swap: the poll sees what each waker wrote before it woke.
        self.is_queued.swap(false, AcqRel);
        future.poll(&mut Context::from_waker(waker))
    }
}
// ANCHOR_END: ticket

/// A future that the loop owns.
pub(crate) struct Task {
    /// On the heap, where it stays while the map moves.
    pub(crate) future: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Wakes the task.
    pub(crate) ticket: Arc<Ticket>,
}
