//! The checks of lesson 01, run on the solution.

extern crate solution_01 as frozen_client;

#[path = "../../../lessons/01-frozen-client/tests/checks/main.rs"]
mod checks;
