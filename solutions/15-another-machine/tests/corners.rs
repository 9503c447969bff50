//! What no reader is held to: bad input, limits, and what is left when a caller or a machine ends.
//!
//! Against real servers; where there is none, these tests say so, and pass.

#[path = "corners/bad_input.rs"]
mod bad_input;
#[path = "corners/common.rs"]
mod common;
#[path = "corners/ends.rs"]
mod ends;
#[path = "corners/limits.rs"]
mod limits;
#[path = "corners/timeline.rs"]
mod timeline;
