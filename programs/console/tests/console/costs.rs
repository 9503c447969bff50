//! What the console costs: the program measures it without the console and with it.

use std::process::Command;

/// Two rows, whose figures are those of the machine.
#[test]
fn costs_have_two_rows() {
    let mut measured = Command::new(env!("CARGO_BIN_EXE_costs"));
    let measured = measured.arg("10").env("TOKIO_CONSOLE_BIND", "127.0.0.1:0").output().unwrap();
    let measured = String::from_utf8_lossy(&measured.stdout).into_owned();
    let rows: Vec<&str> = measured.lines().filter_map(|line| Some(line.split_once("  ")?.0)).collect();
    assert_eq!(rows, ["with the flag alone", "with console-subscriber"]);
}
