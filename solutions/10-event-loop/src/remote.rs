//! Where the threads of the fast loop meet: wakes from other threads, and the only lock on their way.

use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::{mem, thread, thread::Thread};

use crate::fast::CURRENT;

/// The wakes that came from other threads.
pub(crate) struct Remote {
    /// Each ticket once; the loop takes all at once. `None` when it has ended: nobody would take them.
    tickets: Mutex<Option<Vec<Arc<Ticket>>>>,
    /// The thread of the loop, which may be parked.
    thread: Thread,
}

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
        if !wake_here(&self.remote, self.number) && !self.is_sent.swap(true, AcqRel) {
            self.remote.send(self.clone());
        }
    }
}
/// Wakes `number` if `remote` belongs to the loop of this thread.
fn wake_here(remote: &Arc<Remote>, number: usize) -> bool {
    let woken = CURRENT.try_with(|current| match &*current.borrow() {
        Some(here) if Arc::ptr_eq(&here.remote, remote) => {
            here.places().wake(number);
            true
        }
        _ => false,
    });
    // A thread that ends has no loop any more.
    woken.unwrap_or(false)
}

impl Remote {
    /// For a loop that runs on the calling thread.
    pub(crate) fn of_this_thread() -> Arc<Remote> {
        Arc::new(Remote { tickets: Mutex::new(Some(Vec::new())), thread: thread::current() })
    }

    pub(crate) fn waker(self: &Arc<Self>, number: usize) -> Waker {
        let ticket = Ticket { number, is_sent: AtomicBool::new(false), remote: self.clone() };
        Waker::from(Arc::new(ticket))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tickets().as_ref().is_none_or(Vec::is_empty)
    }

    /// The numbers that were sent until now.
    pub(crate) fn take(&self) -> impl Iterator<Item = usize> {
        let tickets = self.tickets().as_mut().map(mem::take);
        tickets.into_iter().flatten().map(|ticket| {
            // Before the poll, and a swap: the poll sees what each waker wrote before it woke.
            ticket.is_sent.swap(false, AcqRel);
            ticket.number
        })
    }

    /// Takes no ticket any more: one that waited here would keep the loop's queue, and the queue it.
    pub(crate) fn close(&self) {
        let _tickets = self.tickets().take();
    }

    fn send(&self, ticket: Arc<Ticket>) {
        let mut guard = self.tickets();
        let Some(tickets) = &mut *guard else { return };
        tickets.push(ticket);
        let is_first = tickets.len() == 1;
        drop(guard);
        // Whoever was first unparks for all: the loop takes them together.
        if is_first {
            self.thread.unpark();
        }
    }

    fn tickets(&self) -> MutexGuard<'_, Option<Vec<Arc<Ticket>>>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
