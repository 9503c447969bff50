//! What all benchmarks share: samples, their report as a table and as a file, and rounds that take turns.
//!
//! Run one: `cargo course bench executors`. With `--write` it also writes what the book shows:
//! the table to `book/transcripts/`, the same figures to `book/benchmarks/`.
//!
//! ```text
//!   this process ──▶ a child pinned to one core ──▶ round 1: A B C, round 2: A B C, …  ──┐
//!                └─▶ a child on all cores       ──▶ round 1: A B C, …                  ──┴─▶ Report
//! ```
//!
//! Subjects take turns within each round, so that whatever else the machine does falls on all of them.

mod child;
mod meter;
mod python;
mod report;
mod turns;

pub use child::{Effort, Part, pinned, root};
pub use meter::Meter;
pub use python::{Absent, Python, Script, interpreter, missing, version};
pub use report::{Bar, Better, Group, Report, Row, VERSION, figure, measured_on};
pub use turns::{Subject, take_turns};
