//! What the client of lesson 01 must do; run them with `cargo course check 01`.
//!
//! Each task of the page has a file of its own, `given` holds what stays as it is, and `common` what they share.

mod common;
mod given;
mod task_1_beat_inside_the_loop;
mod task_2_count_the_freeze_that_still_lasts;
