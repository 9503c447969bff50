//! The same loop made fast: a wake on its own thread takes no lock, and a poll allocates nothing.
//!
//! ```text
//!   own thread:    wake ──▶ ready (no lock) ──┐
//!   other threads: wake ──▶ remote (a lock) ──┴──▶ slots[number] ──▶ poll
//! ```

use std::cell::{RefCell, RefMut};
use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{mem, pin::Pin, pin::pin, rc::Rc, thread, thread::Thread};

use practice::trace;

pub use crate::task::{JoinHandle, yield_now};
use crate::task::{Answer, slot}; use practice::Failure; use std::panic::{catch_unwind, AssertUnwindSafe};
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
    event_loop.own().place(None);
    let waker = event_loop.waker(MAIN);
    let mut turn = Vec::new();
    loop {
        event_loop.hear_others();
        mem::swap(&mut event_loop.own().ready, &mut turn);
        for number in turn.drain(..) {
            if number != MAIN {
                event_loop.poll_task(number);
                continue;
            }
            event_loop.own().take(MAIN);
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
    let (answer, handle) = slot();
    current().own().place(Some(Box::pin(Work { waker: None, answer, future })));
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
    own: RefCell<Own>,
    others: Arc<Others>,
    timers: Arc<Timers>,
}

#[derive(Default)]
struct Own {
    ready: Vec<usize>,
    places: Vec<Place>,
    free: Vec<usize>,
}

#[derive(Default)]
struct Place {
    task: Option<Task>,
    is_ready: bool,
}

pin_project_lite::pin_project! {
struct Work<F: Future> {
    waker: Option<Waker>,
    answer: Answer<F::Output>,
    #[pin]
    future: F,
}
}

trait Run {
    fn run(self: Pin<&mut Self>, make: &mut dyn FnMut() -> Waker) -> bool;
}
impl<F: Future> Run for Work<F> {
    fn run(self: Pin<&mut Self>, make: &mut dyn FnMut() -> Waker) -> bool {
        let mut work = self.project();
        let waker = work.waker.get_or_insert_with(make);
        let polled = catch_unwind(AssertUnwindSafe(|| work.future.as_mut().poll(&mut Context::from_waker(waker))));
        let outcome = match polled {
            Ok(Poll::Pending) => return false,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(Failure::panicked(&*panic)),
        };
        work.answer.give(outcome);
        true
    }
}
type Task = Pin<Box<dyn Run>>;


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
                here.own().wake(self.number);
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

impl Own {
    fn wake(&mut self, number: usize) {
        if !mem::replace(&mut self.places[number].is_ready, true) {
            self.ready.push(number);
        }
    }

    fn place(&mut self, task: Option<Task>) -> usize {
        let number = self.free.pop().unwrap_or(self.places.len());
        if number == self.places.len() {
            self.places.push(Place::default());
        }
        self.places[number].task = task;
        self.wake(number);
        number
    }

    fn take(&mut self, number: usize) -> Option<Task> {
        let place = &mut self.places[number];
        place.is_ready = false;
        place.task.take()
    }
}

impl FastLoop {
    fn own(&self) -> RefMut<'_, Own> {
        self.own.borrow_mut()
    }

    fn waker(&self, number: usize) -> Waker {
        let ticket = Ticket { number, is_sent: AtomicBool::new(false), others: self.others.clone() };
        Waker::from(Arc::new(ticket))
    }

    fn poll_task(&self, number: usize) {
        let taken = self.own().take(number);
        let Some(mut task) = taken else { return };
        if !task.as_mut().run(&mut || self.waker(number)) {
            let empty = self.own().places[number].task.replace(task); debug_assert!(empty.is_none());
        } else {
            drop(task);
            self.own().free.push(number);
        }
    }

    fn hear_others(&self) {
        let woken = mem::take(&mut *self.others.woken());
        for ticket in woken {
            ticket.is_sent.swap(false, AcqRel);
            self.own().wake(ticket.number);
        }
    }

    fn park(&self) {
        if self.own().ready.is_empty() && self.others.woken().is_empty() {
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
            own: RefCell::default(),
            others,
            timers: Arc::default(),
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
        loop {
            let places = mem::take(&mut self.0.own().places);
            if places.iter().all(|place| place.task.is_none()) { break }
        }
        CURRENT.set(None);
    }
}
