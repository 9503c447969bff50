//! The checks of lesson 14, run on the solution.

extern crate solution_14 as thawed_client;

#[path = "../../../lessons/14-thawed-client/tests/checks/main.rs"]
mod checks;
