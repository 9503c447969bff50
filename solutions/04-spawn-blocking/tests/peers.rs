//! The client of lesson 04 talks to a server written in Python.

use checks::{Program, program};

#[path = "../../../course/checks/tests/python/peers.rs"]
mod peers;

fn client() -> Program {
    program!("04")
}
