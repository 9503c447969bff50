//! Each program prints what the page shows: the page's figures are no story.

use std::process::Command;

use checks::{Figures, hold_transcript, let_children_hear, patience, within};

/// Runs a program to its end, and holds what it prints against the page.
#[track_caller]
fn holds(name: &'static str, program: &'static str) {
    let_children_hear().expect("handlers for signals");
    let output = within(patience(), &format!("`{name}` ends"), move || Command::new(program).output());
    let output = output.unwrap_or_else(|missed| panic!("{missed}")).expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    let command = format!("cargo run -p cancellation-safety --bin {name}");
    hold_transcript(&format!("cancellation-{name}"), &command, &printed, Figures::Same);
}

/// What `read_exact` has read goes with it; a future that is kept loses nothing.
#[test]
fn read_exact_loses_what_it_read() {
    holds("read-exact", env!("CARGO_BIN_EXE_read-exact"));
}

/// Two steps, and a drop between them: the rest of the frame is taken for the next one.
#[test]
fn half_a_frame_is_taken_for_the_next() {
    holds("half-frame", env!("CARGO_BIN_EXE_half-frame"));
}

/// Half a record was written, and the next one is glued to it.
#[test]
fn write_all_glues_two_records() {
    holds("write-all", env!("CARGO_BIN_EXE_write-all"));
}

/// The value goes with the future that would have sent it.
#[test]
fn send_on_a_full_channel_loses_the_value() {
    holds("full-channel", env!("CARGO_BIN_EXE_full-channel"));
}

/// Whoever was accepted in a dropped future is hung up on.
#[test]
fn accept_and_one_more_await_lose_a_guest() {
    holds("accept", env!("CARGO_BIN_EXE_accept"));
}
