//! The checks of lesson 09, run on the solution.

extern crate solution_09 as cpu_bound;

#[path = "../../../lessons/09-cpu-bound/tests/checks/main.rs"]
mod checks;
