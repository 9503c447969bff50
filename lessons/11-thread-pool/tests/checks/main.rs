//! What the pool of lesson 11 must do; run them with `cargo course check 11`.
//!
//! Each task of the page has a file of its own, and `common`, `lives`, `scarce` and `wakers` hold what they share.
//! The checks of the pool run twice: on the crate's `ThreadPool`, and on its second stage, `fast::ThreadPool`.

mod common;
mod lives;
#[cfg(target_os = "linux")]
mod scarce;
mod wakers;

mod task_1_a_queue_and_its_threads;
mod task_2_the_jobs_future;
mod task_3_bounds_and_answers;
mod task_4_cancel_what_waits;
mod task_5_the_end_of_threads;
