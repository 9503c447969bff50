//! The checks of lesson 03, run on the solution.

extern crate solution_03 as thread_and_channel;

#[path = "../../../lessons/03-thread-and-channel/tests/checks/main.rs"]
mod checks;
