//! The checks of lesson 16, run on the solution.

extern crate solution_16 as the_way_back;

#[path = "../../../lessons/16-the-way-back/tests/checks/main.rs"]
mod checks;
