//! What the client of lesson 15 and its machines must do; run them with `cargo course check 15`.
//!
//! Each task of the page has a file of its own, `given` holds what stays as it is, and `common` what they share.
//! All but `given` needs a `nats-server`; where there is none, a sentence says how to get one.

#[cfg(unix)]
mod common;
mod given;
#[cfg(unix)]
mod task_1_jobs_that_are_kept;
#[cfg(unix)]
mod task_2_confirm_last;
#[cfg(unix)]
mod task_3_answers_that_wait;
#[cfg(unix)]
mod task_4_cancel_from_afar;
