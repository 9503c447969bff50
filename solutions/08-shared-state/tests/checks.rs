//! The checks of lesson 08, run on the solution.

extern crate solution_08 as shared_state;

#[path = "../../../lessons/08-shared-state/tests/checks/main.rs"]
mod checks;
