//! The client of lesson 03 talks to a server written in Python.

use checks::{Program, program};

#[path = "../../../course/checks/tests/python/peers.rs"]
mod peers;

fn client() -> Program {
    program!("03")
}
