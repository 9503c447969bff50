//! The checks of lesson 10, run on the solution.

extern crate solution_10 as event_loop;

#[path = "../../../lessons/10-event-loop/tests/checks/main.rs"]
mod checks;
