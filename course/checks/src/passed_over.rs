//! What a check does not look at, and says so.

use std::io::{self, Write};

/// Begins the line on stderr by which a check says that it passes over something; the course counts and lists them.
pub const PASSED_OVER: &str = "passed over: ";

/// Says that something is passed over, and why.
pub(crate) fn pass_over(why: &str) {
    // Not `eprintln!`: a test that passes shows nothing of that.
    let _ = writeln!(io::stderr(), "{PASSED_OVER}{why}");
}
