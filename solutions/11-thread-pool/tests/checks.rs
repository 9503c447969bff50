//! The checks of lesson 11, run on the solution.

extern crate solution_11 as thread_pool;

#[path = "../../../lessons/11-thread-pool/tests/checks/main.rs"]
mod checks;
