//! The checks of lesson 13, run on the solution.

extern crate solution_13 as process_pool;

#[path = "../../../lessons/13-process-pool/tests/checks/main.rs"]
mod checks;
