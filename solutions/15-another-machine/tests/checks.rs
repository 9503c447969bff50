//! The checks of lesson 15, run on the solution.

extern crate solution_15 as another_machine;

#[path = "../../../lessons/15-another-machine/tests/checks/main.rs"]
mod checks;
