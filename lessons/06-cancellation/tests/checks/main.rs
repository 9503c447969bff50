//! What the client of lesson 06 must do; run them with `cargo course check 06`.
//!
//! Each task of the page has a file of its own, `given` holds what Tokio does by itself, and `common` what they share.

mod common;
mod given;
mod task_1_tell_the_job;
mod task_2_keep_what_was_finished;
mod task_3_one_reader_for_life;
