//! What the way back of lesson 16 must do; run them with `cargo course check 16`.
//!
//! Each task of the page has a file of its own, `given` holds what Tokio does by itself, and `common` what they share.

mod common;
mod given;
mod task_1_hand_the_future_to_the_loop;
mod task_2_an_answer_for_every_end;
mod task_3_refuse_to_wait_on_the_loop;
mod task_4_cancel_what_nobody_waits_for;
