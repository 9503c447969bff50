//! The checks of lesson 06, run on the solution.

extern crate solution_06 as cancellation;

#[path = "../../../lessons/06-cancellation/tests/checks/main.rs"]
mod checks;
