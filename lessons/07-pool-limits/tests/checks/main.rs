//! What the client of lesson 07 must do; run them with `cargo course check 07`.
//!
//! Each task of the page has a file of its own, `given` holds what Tokio does by itself, and `common` what they share.

mod common;
mod given;
mod task_1_a_slot_before_the_thread;
mod task_2_busy_is_an_answer;
mod task_3_a_reading_thread_outside_the_pool;
mod task_4_a_pool_for_each_kind;
