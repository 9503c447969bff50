//! What no eye can see is no difference, in the terminal as on the page.

use crate::common::{Fixture, library_text};

const LIBRARY: &str = "lessons/01-first-step/src/lib.rs";

/// Line ends of Windows, a byte order mark and a missing last line end are none, on either side.
#[test]
fn invisible_differences_are_none() {
    let fixture = Fixture::new();
    let windows = library_text(42).replace('\n', "\r\n");
    for text in [windows.clone(), format!("\u{feff}{windows}"), library_text(42).trim_end().to_owned()] {
        fixture.write(LIBRARY, &text);
        fixture.course(&["diff", "01"]).says(&["Your lesson 01 equals the solution."]);
    }
    fixture.write("solutions/01-first-step/src/lib.rs", &format!("\u{feff}{windows}"));
    fixture.answer(41);
    let ran = fixture.course(&["diff", "01"]);
    ran.says(&["-    41\n+    42\n"]);
    assert_eq!(ran.stdout.lines().filter(|line| line.starts_with(['-', '+'])).count(), 4, "{ran:?}");
}

/// A lock that an editor leaves beside a file that is edited is no source, and stops no command.
#[cfg(unix)]
#[test]
fn locks_are_no_sources() {
    let fixture = Fixture::new();
    for folder in ["src", "tests/checks"] {
        let lock = fixture.root().join("lessons/01-first-step").join(folder).join(".#lib.rs");
        std::os::unix::fs::symlink("reader@machine.1234:5678", lock).unwrap();
    }
    fixture.answer(42);
    fixture.course(&["diff", "01"]).says(&["equals the solution"]);
    fixture.course(&["verify", "01", "--starters"]).says(&["rejected by second_check"]);
}
