//! The Python side of lesson 07: what starves in the default pool, and what its own pools leave free.

use std::path::Path;

use checks::{Client, Ended, Program, ScriptedRoom};

use crate::script;

/// With pools of their own, slow jobs are refused past the queue, names are looked up, and nested jobs end.
#[test]
fn python_pools_leave_names_alone() {
    let Some(program) = script("07_pool_limits.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program, &room);
    room.joined().expect("the guest joins");
    client.type_raw(&("/slow 0.7\n".repeat(5) + "/look localhost\n"));
    client.shows("!! /slow 0.7: busy").expect("the fifth is refused");
    client.shows("== /look localhost: ").expect("the name is looked up");
    assert!(!client.screen().contains("== /slow"), "the lookup did not wait: {}", client.screen());
    for _ in 0..4 {
        client.shows("== /slow 0.7: ").expect("what was accepted ends");
    }
    client.type_raw(&"/nested 0.2\n".repeat(4));
    for _ in 0..4 {
        client.shows("== /nested 0.2: ").expect("nested jobs end");
    }
    client.end_input();
    assert_eq!(client.exits(), Ok(Ended::Status(0)), "{}", client.screen());
}

/// In the default pool a lookup waits behind every slow job: 40 are more than it can have threads.
#[test]
fn lookup_starves_in_the_default_pool() {
    let Some(program) = script("07_pool_limits.py") else { return };
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal_with(&program, &room, &["--default-pool"]);
    room.joined().expect("the guest joins");
    client.type_raw(&("/slow 0.3\n".repeat(40) + "/look localhost\n"));
    client.shows("== /look localhost: ").expect("the name is looked up in the end");
    let screen = client.screen();
    let before = screen.split("== /look").next().unwrap_or_default().matches("== /slow").count();
    assert!(before > 40 - 32, "only {before} slow jobs ended before the lookup: {screen}");
}

/// A semaphore that the caller holds is free again when the caller is cancelled, although its thread goes on.
#[test]
fn semaphore_of_the_caller_is_freed_early() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/careless_slot.py");
    let Some(program) = Program::python(path) else { return };
    let room = ScriptedRoom::open();
    let client = Client::on_pipes(&program, &room);
    client.shows("default pool as documented: True").expect("min(32, cores + 4) threads");
    client.shows("slot free: True - job ended: False").expect("the slot is free, the job runs");
}
