//! The event loop: it polls what was woken, and parks its thread when nothing was.
//!
//! ```text
//!   any thread          the thread in `block_on`
//!   wake ──▶ run queue ──▶ take all ──▶ poll each once ──▶ fire timers ──▶ park
//!     └─── unpark ────────── ▲ ◀───────────────────────────────────────────┘
//! ```

use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};
use std::{collections::HashMap, pin::pin, sync::Arc, thread, time::Instant};

use practice::trace;

use crate::current::{Current, Entered, OwnsTasks};
use crate::run_queue::{RunQueue, Task};
use crate::{caught::caught, timers::Timers};

/// The number of the future that `block_on` is given; tasks are counted from 1.
const MAIN: u64 = 0;

thread_local! {
    /// The event loop that runs on this thread.
    pub(crate) static CURRENT: Current<EventLoop> = const { RefCell::new(None) };
}

// ANCHOR: block_on
/// Runs `main` to its end on this thread, and meanwhile the tasks that are spawned.
///
/// It blocks the thread. Tasks that are not done when `main` is are dropped where they await.
/// A task that panics, also while it is dropped, ends neither the loop nor another task.
///
/// # Panics
/// Inside of another `block_on`, which it would block.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new(&CURRENT, EventLoop::new());
    let event_loop = &*entered.event_loop;
    let mut main = pin!(main);
    let ticket = event_loop.queue.ticket(MAIN);
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

/// What the loop's own thread keeps; wakers share its queue and nothing else.
pub(crate) struct EventLoop {
    /// Whom to poll in the next turn.
    queue: Arc<RunQueue>,
    /// Whom to wake when.
    pub(crate) timers: Arc<Timers>,
    /// The futures. A waker holds a number: one that is kept for ever keeps no future alive.
    tasks: RefCell<HashMap<u64, Task>>,
    /// How many numbers were given out. None is used twice: a late wake finds nobody.
    numbers: Cell<u64>,
}

impl EventLoop {
    fn new() -> EventLoop {
        let queue = Arc::new(RunQueue::of_this_thread());
        EventLoop { queue, timers: Arc::default(), tasks: RefCell::default(), numbers: Cell::new(MAIN) }
    }

    // ANCHOR: tasks
    /// Takes `future` over, and polls it in the next turn.
    pub(crate) fn own(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.numbers.update(|number| number + 1);
        let ticket = self.queue.ticket(self.numbers.get());
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

    // ANCHOR: park
    /// Blocks the thread until something is woken or a timer is due; not at all if something was woken.
    fn park(&self) {
        match self.timers.next() {
            _ if !self.queue.is_empty() => {}
            Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
            None => thread::park(),
        }
    }
    // ANCHOR_END: park
}

impl OwnsTasks for EventLoop {
    fn drop_tasks(&self) {
        while !self.tasks.borrow().is_empty() {
            // Each by itself: one that panics when it is dropped takes no other along.
            self.tasks.take().into_values().for_each(|task| drop(caught(|| drop(task))));
        }
        self.timers.close();
    }
}
