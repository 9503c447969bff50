//! The timers: who is to be woken when, in order of time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::{mem, pin::Pin};

use crate::{caught::caught, current::current, event_loop::CURRENT};

/// A duration that no clock can add ends then, in some thirty years.
const FAR: Duration = Duration::from_secs(1_000_000_000);

/// Ends `duration` from now, or a little later, and never earlier. Dropping it takes its timer back.
///
/// # Panics
/// Outside of `block_on`: there is no loop that could wake it. So does the sleep when it is polled before its time,
/// and its loop has ended.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::on(current(&CURRENT).timers.clone(), duration)
}

/// When, and a number that tells timers of the same instant apart.
type Key = (Instant, u64);

/// The timers of a loop. Wakers are foreign code: they are cloned, woken and dropped while nothing is locked.
#[derive(Default)]
pub(crate) struct Timers(Mutex<Sleepers>);

#[derive(Default)]
struct Sleepers {
    /// Sorted by time: the first one is the next, and any can be taken back.
    wakers: BTreeMap<Key, Waker>,
    /// Whether the loop has ended: nobody will fire a timer any more.
    are_left: bool,
}

impl Timers {
    /// When the next timer is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.sleepers().wakers.first_key_value().map(|((due, _), _)| *due)
    }

    /// Wakes those whose time has come, in order.
    pub(crate) fn fire(&self) {
        while let Some(waker) = self.take_due() {
            let _ = caught(|| waker.wake());
        }
    }

    /// Wakes all, whose time does not come any more.
    pub(crate) fn close(&self) {
        let mut sleepers = self.sleepers();
        sleepers.are_left = true;
        let wakers = mem::take(&mut sleepers.wakers);
        drop(sleepers);
        for waker in wakers.into_values() {
            let _ = caught(|| waker.wake());
        }
    }

    fn take_due(&self) -> Option<Waker> {
        let mut sleepers = self.sleepers();
        let first = sleepers.wakers.first_entry()?;
        (first.key().0 <= Instant::now()).then(|| first.remove())
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
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
        timers.sleepers().wakers.insert(key, Waker::noop().clone());
        Sleep { key, timers }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        let mut sleepers = self.timers.sleepers();
        assert!(!sleepers.are_left, "the event loop of this sleep has ended");
        let _old = sleepers.wakers.insert(self.key, waker);
        // Before the old waker goes.
        drop(sleepers);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let _waker = self.timers.sleepers().wakers.remove(&self.key);
    }
}
