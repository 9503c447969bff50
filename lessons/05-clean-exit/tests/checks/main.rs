//! What the client of lesson 05 must do; run them with `cargo course check 05`.
//!
//! Each task of the page has a file of its own, and `common` holds what they share.

mod common;
mod task_1_leave_the_blocked_thread_behind;
mod task_2_say_why;
mod task_3_a_farewell_that_ends;
mod task_4_ctrl_c_once_and_twice;
