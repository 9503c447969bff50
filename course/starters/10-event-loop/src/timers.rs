//! To be the timers: who is to be woken when, in order of time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A duration that no clock can add ends then, in some thirty years.
const FAR: Duration = Duration::from_secs(1_000_000_000);

/// Ends `duration` from now, or a little later, and never earlier.
pub fn sleep(duration: Duration) -> Sleep {
    let now = Instant::now();
    Sleep { due: now.checked_add(duration).unwrap_or(now + FAR) }
}

/// A future that ends at an instant.
pub struct Sleep {
    /// When it ends.
    due: Instant,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.due {
            return Poll::Ready(());
        }
        // It asks to be polled again at once: no loop that runs it can park.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
