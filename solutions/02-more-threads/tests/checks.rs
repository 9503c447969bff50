//! The checks of lesson 02, run on the solution.

extern crate solution_02 as more_threads;

#[path = "../../../lessons/02-more-threads/tests/checks/main.rs"]
mod checks;
