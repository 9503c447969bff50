//! The event loop: it polls what was woken, and parks its thread when nothing was.
//!
//! ```text
//!   any thread        the thread in `block_on`
//!   wake ──▶ queue ──▶ take all ──▶ poll each once ──▶ fire timers ──▶ park
//!     └── unpark ──────── ▲ ────────────────────────────────────────────┘
//! ```

use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};
use std::{collections::HashMap, pin::Pin, pin::pin, rc::Rc, sync::Arc, thread, time::Instant};

use practice::trace;

use crate::run_queue::{RunQueue, Ticket};
use crate::timers::Timers;

/// The number of the future that `block_on` is given; tasks are counted from 1.
const MAIN: u64 = 0;

thread_local! {
    /// The event loop that runs on this thread.
    static CURRENT: RefCell<Option<Rc<EventLoop>>> = const { RefCell::new(None) };
}

// ANCHOR: block_on
/// Runs `main` to its end on this thread, and meanwhile the tasks that are spawned.
///
/// Tasks that are not done when `main` is are dropped where they await.
///
/// # Panics
/// Inside of another `block_on`: it would block the loop of that one.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new();
    let event_loop = &*entered.0;
    let mut main = pin!(main);
    let ticket = event_loop.ticket(MAIN);
    let waker = Waker::from(ticket.clone());
    waker.wake_by_ref();
    loop {
        // One turn: what was woken until now. What is woken meanwhile waits for the next.
        for number in event_loop.queue.take() {
            if number != MAIN {
                event_loop.poll_task(number);
            } else if let Poll::Ready(output) = ticket.poll(main.as_mut(), &waker) {
                return output;
            }
        }
        event_loop.timers.fire();
        trace::parked(|| event_loop.park());
    }
}
// ANCHOR_END: block_on

/// What belongs to the loop's own thread; wakers share its queue and nothing else.
pub(crate) struct EventLoop {
    /// Whom to poll in the next turn.
    queue: Arc<RunQueue>,
    /// Whom to wake when.
    pub(crate) timers: Arc<Timers>,
    /// The futures. Wakers hold numbers, so that one kept for ever keeps no future alive.
    tasks: RefCell<HashMap<u64, Task>>,
    /// How many numbers were given out: none is used twice, so a late wake finds nobody.
    numbers: Cell<u64>,
}

/// A future that the loop owns.
struct Task {
    /// On the heap, where it stays while the map moves.
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Wakes the task.
    ticket: Arc<Ticket>,
}

impl EventLoop {
    /// The loop in whose `block_on` the caller runs.
    pub(crate) fn current() -> Rc<EventLoop> {
        let current = CURRENT.with_borrow(Clone::clone);
        current.expect("no event loop runs on this thread: call this inside of `block_on`")
    }

    // ANCHOR: tasks
    /// Takes `future` over; it is polled in the next turn.
    pub(crate) fn own(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.numbers.update(|number| number + 1);
        let ticket = self.ticket(self.numbers.get());
        Waker::from(ticket.clone()).wake();
        self.tasks.borrow_mut().insert(self.numbers.get(), Task { future: Box::pin(future), ticket });
    }

    /// Polls a task, outside of the map: it may spawn another one.
    fn poll_task(&self, number: u64) {
        let Some(mut task) = self.tasks.borrow_mut().remove(&number) else { return };
        let waker = Waker::from(task.ticket.clone());
        if task.ticket.poll(task.future.as_mut(), &waker).is_pending() {
            self.tasks.borrow_mut().insert(number, task);
        }
    }
    // ANCHOR_END: tasks

    fn ticket(&self, number: u64) -> Arc<Ticket> {
        Arc::new(Ticket::new(number, self.queue.clone()))
    }

    // ANCHOR: park
    /// Blocks the thread until something is woken or the next timer is due; at once, if something was woken.
    fn park(&self) {
        if self.queue.is_empty() {
            match self.timers.next() {
                Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
                None => thread::park(),
            }
        }
    }
    // ANCHOR_END: park
}

/// Makes a loop the current one, and drops its tasks at the end, also when `main` panics.
struct Entered(Rc<EventLoop>);

impl Entered {
    fn new() -> Entered {
        trace::own_loop();
        let (queue, timers) = (Arc::new(RunQueue::of_this_thread()), Arc::default());
        let event_loop =
            Rc::new(EventLoop { queue, timers, tasks: RefCell::default(), numbers: Cell::new(MAIN) });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`: await the future, or spawn it");
            *current = Some(event_loop.clone());
        });
        Entered(event_loop)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // What a task drops may spawn another task; the borrow ends before it does.
        while !self.0.tasks.borrow().is_empty() {
            drop(self.0.tasks.take());
        }
        CURRENT.set(None);
    }
}
