//! Both stages of lesson 11, in thousands of schedules: no wake and no result is lost, no job runs twice,
//! and no shutdown deadlocks. When all threads wait, the checker ends the test, and prints the schedule.
//!
//! Run it: `cargo test --release -p models`.

extern crate models as std;

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

scenes!(plain, crate);
scenes!(quick, crate::fast);
