//! The timers: who is to be woken when, in order of time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::{current::current, event_loop::CURRENT};

/// A duration that no clock can add ends then.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// Ends `duration` from now, or a little later, and never earlier. Dropping it takes its timer back.
///
/// # Panics
/// Outside of `block_on`: there is no loop that could wake it.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::on(current(&CURRENT).timers.clone(), duration)
}

/// When, and a number that tells timers of the same instant apart.
type Key = (Instant, u64);

/// Sorted by time: the first one is the next, and any can be taken back.
#[derive(Default)]
pub(crate) struct Timers(Mutex<BTreeMap<Key, Waker>>);

impl Timers {
    /// When the next timer is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.wakers().first_key_value().map(|((due, _), _)| *due)
    }

    /// Wakes those whose time has come, in order.
    pub(crate) fn fire(&self) {
        while let Some(waker) = self.take_due() {
            waker.wake();
        }
    }

    fn take_due(&self) -> Option<Waker> {
        let mut wakers = self.wakers();
        let first = wakers.first_entry()?;
        (first.key().0 <= Instant::now()).then(|| first.remove())
    }

    fn wakers(&self) -> MutexGuard<'_, BTreeMap<Key, Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A future that ends at an instant.
pub struct Sleep {
    /// Names the timer.
    key: Key,
    /// Where the timer is.
    timers: Arc<Timers>,
}

impl Sleep {
    pub(crate) fn on(timers: Arc<Timers>, duration: Duration) -> Sleep {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let now = Instant::now();
        let due = now.checked_add(duration).unwrap_or(now + FAR);
        let key = (due, MADE.fetch_add(1, Relaxed));
        // From the start, so that the loop knows the time before it parks, whoever polls.
        timers.wakers().insert(key, Waker::noop().clone());
        Sleep { key, timers }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut wakers = self.timers.wakers();
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }
        let _old = wakers.insert(self.key, context.waker().clone());
        // Before the old waker goes, which is foreign code.
        drop(wakers);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let _waker = self.timers.wakers().remove(&self.key);
    }
}
