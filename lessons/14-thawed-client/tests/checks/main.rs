//! What the client of lesson 14 must do; run them with `cargo course check 14`.
//!
//! Each task of the page has a file of its own, and `common` holds what they share.

mod common;
mod task_1_one_owner_of_the_terminal;
mod task_2_every_command_in_its_place;
mod task_3_progress_and_cancelling;
mod task_4_an_outbox_and_a_way_back;
mod task_5_leave_it_as_you_found_it;
