//! Threads that may fail to start, and parks that end by time.

use std::{io, num::NonZero, time::Duration};

use shuttle::thread::{self, Thread};

use crate::clock::may_be_over;

/// The smallest stack that a thread surely gets.
const PAGE: usize = 4096;

/// As `std::thread::Builder`.
#[derive(Debug, Default)]
pub struct Builder {
    /// What the thread is called.
    name: Option<String>,
    /// How large its stack is.
    stack: Option<usize>,
}

impl Builder {
    /// A thread without a name.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names it.
    pub fn name(mut self, name: String) -> Builder {
        self.name = Some(name);
        self
    }

    /// Sets the size of its stack; one smaller than a page makes its start uncertain.
    pub fn stack_size(mut self, size: usize) -> Builder {
        self.stack = Some(size);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When its stack is smaller than a page and the checker likes.
    pub fn spawn<T: Send + 'static>(
        self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        if self.stack.is_some_and(|size| size < PAGE) && may_be_over(Duration::ZERO) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let builder = thread::Builder::new().name(self.name.unwrap_or_default());
        builder.stack_size(self.stack.unwrap_or_default().max(16 * PAGE)).spawn(run).map(JoinHandle)
    }
}

/// As `std::thread::JoinHandle`.
#[derive(Debug)]
pub struct JoinHandle<T>(thread::JoinHandle<T>);

impl<T> JoinHandle<T> {
    /// The thread.
    pub fn thread(&self) -> &Thread {
        self.0.thread()
    }

    /// Whether it has ended; the checker may learn of it late, so it never says so.
    pub fn is_finished(&self) -> bool {
        false
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it panicked.
    pub fn join(self) -> thread::Result<T> {
        self.0.join()
    }
}

/// Parks until somebody unparks this thread, or until `limit` is over, which may be at any moment.
pub fn park_timeout(limit: Duration) {
    if may_be_over(limit) { thread::yield_now() } else { thread::park() }
}

/// Two cores, whatever machine the checker runs on.
///
/// # Errors
/// None.
pub fn available_parallelism() -> io::Result<NonZero<usize>> {
    Ok(NonZero::<usize>::MIN.saturating_add(1))
}
