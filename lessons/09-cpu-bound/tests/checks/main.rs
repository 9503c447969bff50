//! What the client of lesson 09 must do; run them with `cargo course check 09`.
//!
//! Each task has a file of checks; `given.rs` has those of what Tokio and rayon do by themselves.

mod common;
mod given;
mod task_1_a_permit_for_each_core;
mod task_2_a_thread_for_each_core;
mod task_3_ask_whether_anybody_waits;
mod task_4_hand_the_commands_over;
