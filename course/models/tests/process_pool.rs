//! The hand-over of lesson 13's fast stage, in thousands of schedules: a request that was sent ahead is begun by its
//! worker, taken back by the client, or left by a death; it never runs twice, and none is lost.
//!
//! Run it: `cargo test --release -p models`.

extern crate models as std;

#[path = "../../../solutions/13-process-pool/src/fast_claims.rs"]
mod fast_claims;
#[expect(dead_code, reason = "the desk looks at more than the hand-over does")]
#[path = "../../../solutions/13-process-pool/src/fast_recall.rs"]
mod fast_recall;
#[expect(dead_code, reason = "the desk looks at more than the hand-over does")]
#[path = "../../../solutions/13-process-pool/src/fast_sent.rs"]
mod fast_sent;

mod hand_over;

use hand_over::{SCHEDULES, scene};

/// One is asked back: it is done, or given back and never runs.
#[test]
fn asked_back_or_done() {
    models::explore(SCHEDULES, || scene(&[2], false));
}

/// So are several, in a row.
#[test]
fn several_are_asked_back() {
    models::explore(SCHEDULES, || scene(&[2, 3, 4], false));
}

/// A death at any moment costs the one that had begun, and leaves the others.
#[test]
fn death_costs_what_had_begun() {
    models::explore(SCHEDULES, || scene(&[], true));
}

/// Also when some were asked back.
#[test]
fn death_while_some_are_asked_back() {
    models::explore(SCHEDULES, || scene(&[3, 4], true));
}
