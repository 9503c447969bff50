//! What the client of lesson 04 must do; run them with `cargo course check 04`.
//!
//! Each task of the page has a file of its own, and `common` holds what they share.

mod common;
mod task_1_offload;
mod task_2_one_pending_prompt;
mod task_3_results_when_they_are_ready;
