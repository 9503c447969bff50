//! error[E0499]: cannot borrow `balance` as mutable more than once at a time

use std::thread;

// ANCHOR: race
/// Two threads take from one balance: a data race.
pub fn withdraw_twice(mut balance: i64) -> i64 {
    thread::scope(|threads| {
        threads.spawn(|| balance -= 100);
        threads.spawn(|| balance -= 100);
    });
    balance
}
// ANCHOR_END: race
