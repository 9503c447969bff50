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
use std::{collections::VecDeque, pin::Pin, pin::pin, rc::Rc, thread, thread::Thread};

use practice::trace;

pub use crate::task::{JoinHandle, yield_now};
use crate::task::answered;
use crate::timers::{Sleep, Timers};

const MAIN: usize = usize::MAX;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Loop>>> = const { RefCell::new(None) };
}

pub fn block_on<F: Future>(main: F) -> F::Output {
    let entered = Entered::new();
    let this = &*entered.0;
    let mut main = pin!(main);
    let ticket = this.ticket(MAIN);
    let waker = Waker::from(ticket.clone());
    waker.wake_by_ref();
    loop {
        this.take_remote();
        let turn = this.ready.borrow().len();
        for _ in 0..turn {
            let Some(number) = this.ready.borrow_mut().pop_front() else { break };
            if number != MAIN {
                this.poll_task(number);
            } else {
                ticket.is_queued.swap(false, AcqRel);
                if let Poll::Ready(output) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return output;
                }
            }
        }
        this.timers.fire();
        trace::parked(|| this.park());
    }
}

pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    let (task, handle) = answered(future);
    current().own(Box::pin(task));
    handle
}

pub fn sleep(duration: Duration) -> Sleep {
    Sleep::on(current().timers.clone(), duration)
}

fn current() -> Rc<Loop> {
    CURRENT.with_borrow(Clone::clone).expect("no event loop runs on this thread: call this inside of `block_on`")
}

struct Loop {
    ready: RefCell<VecDeque<usize>>,
    remote: Arc<Remote>,
    timers: Arc<Timers>,
    slots: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<usize>>,
}

struct Remote {
    numbers: Mutex<Vec<usize>>,
    thread: Thread,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    ticket: Arc<Ticket>,
    waker: Waker,
}

struct Ticket {
    number: usize,
    is_queued: AtomicBool,
    remote: Arc<Remote>,
}

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_queued.swap(true, AcqRel) {
            return;
        }
        CURRENT.with_borrow(|current| match current {
            Some(this) if Arc::ptr_eq(&this.remote, &self.remote) => {
                this.ready.borrow_mut().push_back(self.number)
            }
            _ => self.remote.push(self.number),
        });
    }
}

impl Remote {
    fn push(&self, number: usize) {
        let mut numbers = self.numbers();
        numbers.push(number);
        let is_first = numbers.len() == 1;
        drop(numbers);
        if is_first {
            self.thread.unpark();
        }
    }
    fn numbers(&self) -> MutexGuard<'_, Vec<usize>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loop {
    fn ticket(&self, number: usize) -> Arc<Ticket> {
        Arc::new(Ticket { number, is_queued: AtomicBool::new(false), remote: self.remote.clone() })
    }

    fn own(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let mut slots = self.slots.borrow_mut();
        let number = self.free.borrow_mut().pop().unwrap_or_else(|| {
            slots.push(None);
            slots.len() - 1
        });
        let ticket = self.ticket(number);
        let waker = Waker::from(ticket.clone());
        waker.wake_by_ref();
        slots[number] = Some(Task { future, ticket, waker });
    }

    fn poll_task(&self, number: usize) {
        let Some(mut task) = self.slots.borrow_mut()[number].take() else { return };
        task.ticket.is_queued.swap(false, AcqRel);
        let polled = task.future.as_mut().poll(&mut Context::from_waker(&task.waker));
        if polled.is_pending() {
            self.slots.borrow_mut()[number] = Some(task);
        } else {
            drop(task);
            self.free.borrow_mut().push(number);
        }
    }

    fn take_remote(&self) {
        self.ready.borrow_mut().extend(self.remote.numbers().drain(..));
    }

    fn park(&self) {
        if self.ready.borrow().is_empty() && self.remote.numbers().is_empty() {
            match self.timers.next() {
                Some(due) => thread::park_timeout(due.saturating_duration_since(Instant::now())),
                None => thread::park(),
            }
        }
    }
}

struct Entered(Rc<Loop>);

impl Entered {
    fn new() -> Entered {
        trace::own_loop();
        let remote = Arc::new(Remote { numbers: Mutex::default(), thread: thread::current() });
        let this = Rc::new(Loop {
            ready: RefCell::default(),
            remote,
            timers: Arc::default(),
            slots: RefCell::default(),
            free: RefCell::default(),
        });
        CURRENT.with_borrow_mut(|current| {
            assert!(current.is_none(), "`block_on` inside of `block_on`: await the future, or spawn it");
            *current = Some(this.clone());
        });
        Entered(this)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        while !self.0.slots.borrow().is_empty() {
            drop(self.0.slots.take());
        }
        CURRENT.set(None);
    }
}
