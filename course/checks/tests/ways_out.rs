//! The table of lesson 05, measured again: which ways to end need Enter, and which do not.

use std::process::Command;

/// The ways that a page may call prompt, and those that it may not.
#[test]
fn ways_out_are_as_the_page_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_ways-out")).output().expect("the program starts");
    let table = String::from_utf8_lossy(&output.stdout);
    let rows: Vec<(&str, bool)> = table.lines().skip(1).filter_map(row).collect();
    let needs_enter = ["drop(runtime)", "abort(), then drop", "tokio::io::stdin()", "panic in block_on"];
    assert_eq!(rows.len(), 9, "{table}");
    for (way, alone) in rows {
        assert_eq!(alone, !needs_enter.contains(&way), "{way}\n{table}");
    }
}

/// The way, and whether it ends without Enter.
fn row(line: &str) -> Option<(&str, bool)> {
    let (way, rest) = line.split_once("  ")?;
    Some((way.trim(), rest.trim_end().ends_with("yes")))
}
