//! Both stages of lesson 11 under Miri, which looks for data races and for what is left behind.
//!
//! Run it: `MIRIFLAGS=-Zmiri-many-seeds=0..8 cargo +nightly miri test -p models --test under_miri`.
//! Elsewhere this file is empty: nightly's component `miri` is not on every machine.

#![cfg(miri)]

#[expect(dead_code, reason = "one scene needs few of the helpers")]
mod scenes;

#[path = "../../../solutions/11-thread-pool/src/fast.rs"]
pub mod fast;
#[path = "../../../solutions/11-thread-pool/src/fast_cell.rs"]
mod fast_cell;
#[path = "../../../solutions/11-thread-pool/src/fast_job.rs"]
mod fast_job;
#[path = "../../../solutions/11-thread-pool/src/fast_queue.rs"]
mod fast_queue;
#[path = "../../../solutions/11-thread-pool/src/fast_wait.rs"]
mod fast_wait;
#[path = "../../../solutions/11-thread-pool/src/fast_worker.rs"]
mod fast_worker;
#[path = "../../../solutions/11-thread-pool/src/job.rs"]
mod job;
#[path = "../../../solutions/11-thread-pool/src/pool.rs"]
mod pool;
#[path = "../../../solutions/11-thread-pool/src/queue.rs"]
mod queue;
#[path = "../../../solutions/11-thread-pool/src/refused.rs"]
mod refused;
#[path = "../../../solutions/11-thread-pool/src/settings.rs"]
mod settings;
#[path = "../../../solutions/11-thread-pool/src/worker.rs"]
mod worker;

pub use job::Job;
pub use pool::{ThreadPool, run_in_executor};
pub use refused::Refused;
pub use settings::{Queued, Settings, Shutdown};

/// One scene with all of it: cancelled, nested and panicking jobs, threads that end by time, and the end.
macro_rules! scene {
    ($name:ident, $stage:path) => {
        #[test]
        fn $name() {
            use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
            use std::{sync::Arc, thread, time::Duration};

            use $stage::{ThreadPool, run_in_executor};

            use crate::scenes::{block_on, settings};

            let keep_alive = Duration::from_millis(20);
            let pool = Arc::new(ThreadPool::new(Settings { keep_alive, ..settings(3, 20) }));
            for _ in 0..3 {
                let jobs: Vec<_> =
                    (0..12).map(|number| run_in_executor(Some(&pool), move || number)).collect();
                for (number, job) in jobs.into_iter().enumerate().filter(|(number, _)| number % 3 > 0) {
                    assert_eq!(block_on(job), Ok(number));
                }
                let inner = pool.clone();
                let outer =
                    run_in_executor(Some(&pool), move || block_on(run_in_executor(Some(&inner), || 1)));
                assert!(block_on(outer).is_ok());
                let panics = run_in_executor(Some(&pool), || resume_unwind(Box::new("as it should")));
                assert!(
                    catch_unwind(AssertUnwindSafe(|| block_on::<_>(panics).map(|never: u8| never))).is_err()
                );
                // Not to be in time for anything: threads may end meanwhile, or not.
                thread::sleep(2 * keep_alive);
            }
            let _kept: Vec<_> = (0..8).map(|number| run_in_executor(Some(&pool), move || number)).collect();
            let told = pool.shutdown(Queued::Finish, Duration::MAX);
            assert_eq!((told.abandoned, told.running), (0, 0));
            assert_eq!(block_on(run_in_executor(Some(&pool), || ())), Err(Refused::Closed));
        }
    };
}

scene!(plain, crate);
scene!(quick, crate::fast);
