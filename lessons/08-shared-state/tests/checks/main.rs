//! What the bank and the client of lesson 08 must do; run them with `cargo course check 08`.
//!
//! Each task of the page has a file of its own, `given` holds what Rust does by itself, and `common` what they share.

mod common;
mod given;
mod task_1_one_lock_around_check_and_act;
mod task_2_give_back_what_was_not_taken;
mod task_3_ask_once_wait_together;
mod task_4_no_guard_across_an_await;
