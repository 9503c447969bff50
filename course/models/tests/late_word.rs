//! The model of the hand-over finds what it is for: with a wrong answer of lesson 13 in the place of `fast_claims.rs`, the
//! client hears too late that a request was given back, and takes it for the one that has begun.

extern crate models as std;

#[path = "wrong/fast_claims.rs"]
mod fast_claims;
#[expect(dead_code, reason = "the desk looks at more than the hand-over does")]
#[path = "../../../solutions/13-process-pool/src/fast_recall.rs"]
mod fast_recall;
#[expect(dead_code, reason = "the desk looks at more than the hand-over does")]
#[path = "../../../solutions/13-process-pool/src/fast_sent.rs"]
mod fast_sent;
mod hand_over;

use hand_over::{SCHEDULES, scene};

/// The worker does the next one, and says so, before the word that one was given back is out.
#[test]
#[should_panic(expected = "failing schedule")]
fn late_word_is_found() {
    models::explore(SCHEDULES, || scene(&[2], false));
}
