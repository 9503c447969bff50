//! Where the threads of the fast loop meet: wakes from other threads, and the only lock on their way.

use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::{mem, thread, thread::Thread};

use crate::fast;

/// The wakes that came from other threads.
pub(crate) struct Remote {
    /// Each ticket once; the loop takes all at once.
    tickets: Mutex<Vec<Arc<Ticket>>>,
    /// The thread of the loop, which may be parked.
    thread: Thread,
}

// ANCHOR: ticket
/// What a waker of the fast loop is made of.
pub(crate) struct Ticket {
    /// Whom it wakes.
    number: usize,
    /// Whether another thread has sent it already; on its own thread nobody looks.
    is_sent: AtomicBool,
    /// The loop: its address says whether a thread is the loop's own.
    remote: Arc<Remote>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !fast::wake_here(&self.remote, self.number) && !self.is_sent.swap(true, AcqRel) {
            self.remote.send(self.clone());
        }
    }
}
// ANCHOR_END: ticket

impl Remote {
    /// For a loop that runs on the calling thread.
    pub(crate) fn of_this_thread() -> Arc<Remote> {
        Arc::new(Remote { tickets: Mutex::default(), thread: thread::current() })
    }

    pub(crate) fn waker(self: &Arc<Self>, number: usize) -> Waker {
        let ticket = Ticket { number, is_sent: AtomicBool::new(false), remote: self.clone() };
        Waker::from(Arc::new(ticket))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tickets().is_empty()
    }

    /// The numbers that were sent until now.
    pub(crate) fn take(&self) -> impl Iterator<Item = usize> {
        let tickets = mem::take(&mut *self.tickets());
        tickets.into_iter().map(|ticket| {
            // Before the poll, and a swap: the poll sees what each waker wrote before it woke.
            ticket.is_sent.swap(false, AcqRel);
            ticket.number
        })
    }

    fn send(&self, ticket: Arc<Ticket>) {
        let mut tickets = self.tickets();
        tickets.push(ticket);
        let is_first = tickets.len() == 1;
        drop(tickets);
        // Whoever was first unparks for all: the loop takes them together.
        if is_first {
            self.thread.unpark();
        }
    }

    fn tickets(&self) -> MutexGuard<'_, Vec<Arc<Ticket>>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
