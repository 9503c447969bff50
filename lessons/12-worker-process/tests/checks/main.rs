//! What the client of lesson 12 must do; run them with `cargo course check 12`.
//!
//! Each task of the page has a file of its own, `given` holds what stays as it is, `common` what they share,
//! and `guests` workers that do what no worker should.

mod common;
mod given;
#[cfg(unix)]
mod guests;
mod task_1_say_the_length_first;
mod task_2_a_channel_of_its_own;
mod task_3_hear_the_end_while_you_compute;
mod task_4_a_number_for_each_request;
