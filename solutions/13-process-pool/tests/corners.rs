//! What the solution does beyond the page, and no reader is held to: how it goes on where workers cannot be started,
//! and how it ends while one dies.
#![cfg(unix)]

extern crate solution_13 as process_pool;

#[allow(dead_code)]
#[path = "../../../lessons/13-process-pool/tests/checks/common.rs"]
mod common;

#[path = "corners/ends.rs"]
mod ends;
#[path = "corners/starts.rs"]
mod starts;
