//! The checks of lesson 05, run on the solution.

extern crate solution_05 as clean_exit;

#[path = "../../../lessons/05-clean-exit/tests/checks/main.rs"]
mod checks;
