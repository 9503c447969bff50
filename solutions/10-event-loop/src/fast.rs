//! The same loop made fast: a wake on its own thread takes no lock, and a poll allocates nothing.
//!
//! ```text
//!   own thread:    wake ──▶ ready (no lock) ──┐
//!   other threads: wake ──▶ remote (a lock) ──┴──▶ slots[number] ──▶ poll
//! ```

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{mem, pin::Pin, pin::pin, rc::Rc, thread, thread::Thread};

use practice::trace;

pub use crate::task::{JoinHandle, yield_now};
use crate::task::answered;
use crate::timers::{Sleep, Timers};

/// The place of the future that `block_on` is given.
const MAIN: usize = 0;

thread_local! {
    /// The event loop that runs on this thread.
    static CURRENT: RefCell<Option<Rc<FastLoop>>> = const { RefCell::new(None) };
}

/// As [`crate::block_on`].
///
/// # Panics
/// Inside of another `block_on` of this stage.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new();
    let event_loop = &*entered.0;
    let mut main = pin!(main);
    let (main_number, waker) = event_loop.place();
    event_loop.wake(main_number);
    let mut turn = Vec::new();
    loop {
        event_loop.hear_others();
        mem::swap(&mut *event_loop.ready.borrow_mut(), &mut turn);
        for number in turn.drain(..) {
            if number != MAIN {
                event_loop.poll_task(number);
                continue;
            }
            event_loop.places.borrow_mut()[MAIN].is_ready = false;
            if let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
        }
        event_loop.timers.fire();
        trace::parked(|| event_loop.park());
    }
}

/// As [`crate::spawn`].
///
/// # Panics
/// Outside of this stage's `block_on`.
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let (task, handle) = answered(future);
    current().own(Box::pin(task));
    handle
}

/// As [`crate::sleep`].
///
/// # Panics
/// Outside of this stage's `block_on`.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::on(current().timers.clone(), duration)
}

fn current() -> Rc<FastLoop> {
    CURRENT.with_borrow(Clone::clone).expect("no event loop runs on this thread: call this inside of `block_on`")
}

struct FastLoop {
    ready: RefCell<Vec<usize>>,
    others: Arc<Others>,
    timers: Arc<Timers>,
    places: RefCell<Vec<Place>>,
    free: RefCell<Vec<usize>>,
}

struct Place {
    task: Option<Task>,
    is_ready: bool,
}
struct Task {
    future: BoxedTask,
    waker: Waker,
}


type BoxedTask = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Others {
    woken: Mutex<Vec<Arc<Ticket>>>,
    thread: Thread,
}

struct Ticket {
    number: usize,
    is_sent: AtomicBool,
    others: Arc<Others>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let woken_here = CURRENT.try_with(|current| match &*current.borrow() {
            Some(here) if Arc::ptr_eq(&here.others, &self.others) => {
                here.wake(self.number);
                true
            }
            _ => false,
        });
        if !woken_here.unwrap_or(false) && !self.is_sent.swap(true, AcqRel) {
            self.others.push(self.clone());
        }
    }
}

impl Others {
    fn push(&self, ticket: Arc<Ticket>) {
        let mut woken = self.woken();
        woken.push(ticket);
        let is_first = woken.len() == 1;
        drop(woken);
        if is_first {
            self.thread.unpark();
        }
    }

    fn woken(&self) -> MutexGuard<'_, Vec<Arc<Ticket>>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FastLoop {
    fn wake(&self, number: usize) {
        if !mem::replace(&mut self.places.borrow_mut()[number].is_ready, true) {
            self.ready.borrow_mut().push(number);
        }
    }

    fn place(&self) -> (usize, Waker) {
        let free = self.free.borrow_mut().pop();
        let mut places = self.places.borrow_mut();
        let number = free.unwrap_or(places.len());
        if number == places.len() {
            places.push(Place { task: None, is_ready: false });
        }
        let ticket = Ticket { number, is_sent: AtomicBool::new(false), others: self.others.clone() };
        (number, Waker::from(Arc::new(ticket)))
    }

    fn own(&self, future: BoxedTask) {
        let (number, waker) = self.place();
        self.places.borrow_mut()[number].task = Some(Task { future, waker });
        self.wake(number);
    }

    fn poll_task(&self, number: usize) {
        let mut places = self.places.borrow_mut();
        let place = &mut places[number];
        place.is_ready = false;
        let Some(mut task) = place.task.take() else { return };
        drop(places);
        let polled = task.future.as_mut().poll(&mut Context::from_waker(&task.waker));
        if polled.is_pending() {
            self.places.borrow_mut()[number].task = Some(task);
        } else {
            drop(task);
            self.free.borrow_mut().push(number);
        }
    }

    fn hear_others(&self) {
        let woken = mem::take(&mut *self.others.woken());
        for ticket in woken {
            ticket.is_sent.swap(false, AcqRel);
            self.wake(ticket.number);
        }
    }

    fn park(&self) {
        if self.ready.borrow().is_empty() && self.others.woken().is_empty() {
            match self.timers.next() {
                Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
                None => thread::park(),
            }
        }
    }
}

struct Entered(Rc<FastLoop>);

impl Entered {
    fn new() -> Entered {
        trace::own_loop();
        let others = Arc::new(Others { woken: Mutex::default(), thread: thread::current() });
        let event_loop = Rc::new(FastLoop {
            ready: RefCell::default(),
            others,
            timers: Arc::default(),
            places: RefCell::default(),
            free: RefCell::default(),
        });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`: await the future, or spawn it");
            *current = Some(event_loop.clone());
        });
        Entered(event_loop)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}
