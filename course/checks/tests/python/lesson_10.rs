//! `book/python/10_event_loop.py`: an event loop by hand.

use crate::script;

/// Sleepers wake in order of time, a thread wakes the loop, and a task that blocks makes a sleeper late.
#[test]
fn python_loop_by_hand_wakes_and_freezes() {
    let Some(script) = script("10_event_loop.py") else { return };
    let output = script.command().output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    // On a busy machine the first two may be late as well: their order is what counts.
    let said: Vec<&str> = printed.lines().map(|line| line.split(',').next().unwrap_or(line)).collect();
    assert_eq!(said, ["woken by a thread", "slept 0.2 s", "slept 0.4 s", "slept 0.1 s"], "{output:?}");
    assert!(printed.trim_end().ends_with("slept 0.1 s, late"), "{printed}");
}
