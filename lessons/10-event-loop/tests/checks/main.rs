//! What the event loop of lesson 10 must do, and the client on it; run them with `cargo course check 10`.
//!
//! Each task has a file of checks; `given.rs` has those of the client, which is given.
//! The checks of the loop run on both stages: the plain one, then `fast`.

mod common;
mod given;
mod task_1_park_until_somebody_wakes_you;
mod task_2_a_queue_of_those_who_were_woken;
mod task_3_handles_that_tell_what_became_of_a_task;
mod task_4_timers;
