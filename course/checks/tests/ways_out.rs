//! The table of lesson 05, measured again: which ways to end need Enter, and which do not.

use std::{fs, path::Path, process::Command};

/// The page shows the same ways in the same order, and of each whether it ends without Enter.
#[test]
fn ways_out_are_as_the_page_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_ways-out")).output().expect("the program starts");
    let measured = String::from_utf8_lossy(&output.stdout);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/transcripts/05-ways-out.txt");
    let shown = fs::read_to_string(page).expect("the table of the page");
    assert_eq!(rows(&measured), rows(&shown), "{measured}");
    assert_eq!(rows(&measured).len(), 10, "{measured}");
}

/// Each way, and whether it ends without Enter.
fn rows(table: &str) -> Vec<(&str, &str)> {
    let rows = table.lines().filter_map(|line| Some((line.split_once("  ")?.0, line.rsplit_once(' ')?.1)));
    rows.filter(|(_, alone)| ["yes", "no"].contains(alone)).collect()
}
