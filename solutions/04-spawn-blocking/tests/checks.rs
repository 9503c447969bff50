//! The checks of lesson 04, run on the solution.

extern crate solution_04 as spawn_blocking;

#[path = "../../../lessons/04-spawn-blocking/tests/checks/main.rs"]
mod checks;
