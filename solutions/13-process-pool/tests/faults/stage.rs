//! Both stages of the pool, for a run that is the same on each.

use std::time::Duration;

use solution_13::{Answer, Failure, Job, ProcessPool, Settings, ShutDown, Stats, fast};

/// A pool, of whichever stage.
pub trait Stage: Send + Sync + 'static {
    /// What the stage is called.
    const NAME: &str;

    /// How many jobs may wait behind one that has begun, in its worker.
    const AHEAD: u64;

    fn new(settings: Settings) -> Self;

    fn call_within(&self, job: Job, limit: Duration) -> impl Future<Output = Result<Answer, Failure>> + Send;

    fn stats(&self) -> Stats;

    fn shutdown(&self, limit: Duration) -> impl Future<Output = ShutDown> + Send;
}

macro_rules! stage {
    ($pool:ty, $name:literal, $ahead:literal) => {
        impl Stage for $pool {
            const NAME: &str = $name;
            const AHEAD: u64 = $ahead;

            fn new(settings: Settings) -> Self {
                <$pool>::new(settings)
            }

            fn call_within(
                &self,
                job: Job,
                limit: Duration,
            ) -> impl Future<Output = Result<Answer, Failure>> + Send {
                <$pool>::call_within(self, job, limit)
            }

            fn stats(&self) -> Stats {
                <$pool>::stats(self)
            }

            fn shutdown(&self, limit: Duration) -> impl Future<Output = ShutDown> + Send {
                <$pool>::shutdown(self, limit)
            }
        }
    };
}

stage!(ProcessPool, "plain", 0);
stage!(fast::ProcessPool, "fast", 31);
