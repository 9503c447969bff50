//! What the client of lesson 03 must do; run them with `cargo course check 03`.
//!
//! Each task of the page has a file of its own, `given` holds what stays as it is, and `common` what they share.

mod common;
mod given;
mod task_1_give_stdin_a_thread_of_its_own;
mod task_2_hand_over_every_line;
