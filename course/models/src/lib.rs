//! The standard library, with threads, locks and time that the model checker shuttle decides.
//!
//! A model takes this crate for its `std`, and then includes the files of a solution, word for word:
//!
//! ```text
//!   tests/thread_pool.rs                    shuttle: one thread runs at a time,
//!     extern crate models as std;           and at each lock, wait, notify, park and unpark
//!     #[path = "…/queue.rs"] mod queue; ──▶ it chooses which one goes on
//! ```
//!
//! Time is what the checker makes of it: a limit may be over at any moment, except `Duration::MAX`, which never is.
//! A thread whose stack is smaller than a page starts or fails to start, as the checker likes.

pub use ::std::*;

/// As `std::sync`, with the locks of shuttle.
pub mod sync {
    pub use crate::condvar::{Condvar, WaitTimeoutResult};
    pub use ::std::sync::*;
    pub use shuttle::sync::{Mutex, MutexGuard, atomic};
}

/// As `std::time`, with a clock that the checker sets.
pub mod time {
    pub use crate::clock::Instant;
    pub use ::std::time::*;
}

/// As `std::thread`, with the threads of shuttle.
pub mod thread {
    pub use crate::threads::{Builder, JoinHandle, available_parallelism, park_timeout};
    pub use shuttle::thread::{Result, Thread, ThreadId, current, panicking, park, spawn, yield_now};
}

mod clock;
mod condvar;
mod threads;

/// Explores schedules of `model` until the checker has tried so many; a deadlock or a panic ends the test.
///
/// Half of them are random, and half prefer few switches between threads, where most bugs hide.
pub fn explore(schedules: usize, model: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(model.clone(), schedules / 2);
    shuttle::check_pct(model, schedules / 2, 3);
}
