//! The checks of lesson 12, run on the solution.

extern crate solution_12 as worker_process;

#[path = "../../../lessons/12-worker-process/tests/checks/main.rs"]
mod checks;
