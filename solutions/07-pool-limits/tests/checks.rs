//! The checks of lesson 07, run on the solution.

extern crate solution_07 as pool_limits;

#[path = "../../../lessons/07-pool-limits/tests/checks/main.rs"]
mod checks;
