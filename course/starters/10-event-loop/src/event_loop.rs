//! The event loop: it asks its one future again and again whether it is done.
//!
//! ```text
//!   the thread in `block_on`
//!   poll ──▶ pending ──▶ poll ──▶ pending ──▶ poll ──▶ …
//! ```

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};
use std::{pin::pin, sync::Arc};

use practice::trace;

use crate::current::{Current, Entered, OwnsTasks};
use crate::run_queue::Ticket;

thread_local! {
    /// The event loop that runs on this thread.
    pub(crate) static CURRENT: Current<EventLoop> = const { RefCell::new(None) };
}

/// Runs `main` to its end on this thread, and burns the core meanwhile.
///
/// # Panics
/// Inside of another `block_on`, which it would block.
pub fn block_on<F: Future>(main: F) -> F::Output {
    let _entered = Entered::new(&CURRENT, EventLoop);
    // To be where the thread parks; for the trace one turn ends here, and the next begins.
    poll_to_the_end(main, || trace::parked(|| ()))
}

/// Polls, whether or not anybody has woken it, and calls `pause` after each poll.
pub(crate) fn poll_to_the_end<F: Future>(future: F, pause: impl Fn()) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Ticket));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        pause();
    }
}

/// To be what the loop's own thread keeps.
pub(crate) struct EventLoop;

impl OwnsTasks for EventLoop {
    fn drop_tasks(&self) {}
}
