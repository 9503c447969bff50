//! What the watchdog of lesson 02 must do; run them with `cargo course check 02`.
//!
//! Each task of the page has a file of its own, and `common` holds what they share.

mod common;
mod task_1_watch_from_a_thread;
mod task_2_one_line_for_each_freeze;
