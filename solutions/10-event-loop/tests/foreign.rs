//! What no reader is held to: futures, outputs, wakers and drops that panic, wake, spawn or wait where one would not.
//!
//! The cases are those that the test suites of Tokio, async-task, async-executor and futures-rs look at, on both stages.

#[path = "foreign/common.rs"]
mod common;
#[path = "foreign/drops.rs"]
mod drops;
#[path = "foreign/panics.rs"]
mod panics;
#[path = "foreign/wakers.rs"]
mod wakers;
