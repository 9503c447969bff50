//! What a check does not look at, and says so.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

/// Begins the line on stderr by which a check says that it passes over something; the course counts and lists them.
pub const PASSED_OVER: &str = "passed over: ";

/// Says that something is passed over, and why; once in a check, however often it is called.
///
/// ```
/// if cfg!(not(unix)) {
///     checks::pass_over("Ctrl-C reaches no program on pipes here");
/// }
/// ```
pub fn pass_over(why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(why.to_owned()) {
        // Not `eprintln!`: a test that passes shows nothing of that.
        let _ = writeln!(io::stderr(), "{PASSED_OVER}{why}");
    }
}
