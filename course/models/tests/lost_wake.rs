//! The models find what they are for: with a wrong answer of lesson 11 in the place of `job.rs`, a wake is lost.

extern crate models as std;

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
#[path = "wrong/job.rs"]
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

/// The result comes between look and waker: nobody is woken, and all threads wait.
#[test]
#[should_panic(expected = "deadlock")]
fn lost_wake_is_found() {
    models::explore(40_000, || {
        let pool = ThreadPool::new(scenes::settings(1, 0));
        assert_eq!(scenes::block_on(run_in_executor(Some(&pool), || 7)), Ok(7));
        pool.shutdown(Queued::Finish, std::time::Duration::MAX);
    });
}
