//! The Python side of the page "Cancellation safety": what a cancelled read takes with it.

use crate::script;

/// The reader keeps what one `readexactly` was waiting for; a coroutine loses what it had read already.
#[test]
fn coroutine_loses_what_it_held() {
    let Some(program) = script("cancellation_safety.py") else { return };
    let output = program.command().output().expect("the script starts");
    let printed = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    let expected = "sent:       settled pending\none await:  settled\ntwo awaits: tledpen\n";
    assert_eq!(printed, expected, "{output:?}");
}
