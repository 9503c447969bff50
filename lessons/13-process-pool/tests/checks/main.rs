//! What the client of lesson 13 must do; run them with `cargo course check 13`.
//!
//! Each task of the page has a file of its own, `given` holds what stays as it is, `common` what they share, and `scenes` what some of them look at.

mod common;
mod given;
mod scenes;
mod task_1_kill_what_nobody_waits_for;
mod task_2_a_keeper_for_each_place;
mod task_3_say_why_it_died;
mod task_4_leave_nothing_behind;
