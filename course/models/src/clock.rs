//! Time, as the checker likes.

use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};

/// A moment; how long ago it was is for the checker to say.
#[derive(Clone, Copy, Debug)]
pub struct Instant;

impl Instant {
    /// The current moment.
    pub fn now() -> Instant {
        Instant
    }

    /// Nothing, or a year.
    pub fn elapsed(&self) -> Duration {
        if may_be_over(Duration::ZERO) { Duration::from_secs(365 * 24 * 3600) } else { Duration::ZERO }
    }
}

/// Whether a limit is over before anything else happens.
pub(crate) fn may_be_over(limit: Duration) -> bool {
    limit != Duration::MAX && thread_rng().r#gen::<bool>()
}
