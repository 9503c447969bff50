//! A busy machine: where a thread gets little of a core, the checks wait longer for what should come.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::language::said;
use crate::suite::PATIENCE;

/// So much is computed to see how long that takes.
const TRIED: Duration = Duration::from_millis(10);

/// It is tried for this long at most.
const LONGEST: Duration = Duration::from_millis(500);

/// Between two looks at the clock; a thread that looks later than this was kept from its core.
const LOOK: Duration = Duration::from_micros(200);

/// With this share of a core, a check has enough of it in the time that it waits.
///
/// Measured with the checks of 13 solutions, 26 times each, beside other work on two cores: while a thread had a tenth
/// of a core, none failed for its time alone; at a thirtieth one run in ten did.
const ENOUGH: f64 = 0.25;

/// The longest that a check waits, as many times longer than usual.
const MOST: u32 = 8;

/// As many times longer than usual shall checks wait, where `COURSE_PATIENCE` says so.
///
/// # Errors
///
/// It is no number from 1 to 100.
pub fn asked() -> Result<Option<u32>> {
    std::env::var_os(PATIENCE).map(|said| told(&said)).transpose()
}

/// As many times longer than usual shall checks wait on this machine now.
///
/// Computes for 10 ms, and up to 0.5 s where others keep it from doing so.
pub fn patience() -> u32 {
    needed(share())
}

fn told(said: &OsStr) -> Result<u32> {
    match said.to_str().and_then(|said| said.parse().ok()) {
        Some(times @ 1..=100) => Ok(times),
        _ => bail!(said!(
            "{name} says how many times longer the checks wait, 1 to 100: it is `{said}`",
            name = PATIENCE,
            said = said.to_string_lossy()
        )),
    }
}

fn needed(share: f64) -> u32 {
    // The share is above 0, and a float that is too large becomes the largest number.
    ((ENOUGH / share).ceil() as u32).clamp(1, MOST)
}

/// What a thread gets of a core: 1 where nobody else wants it, a half where one other does.
fn share() -> f64 {
    let start = Instant::now();
    let (mut before, mut had) = (start, Duration::ZERO);
    while had < TRIED && before - start < LONGEST {
        let now = Instant::now();
        had += Some(now - before).filter(|step| *step < LOOK).unwrap_or_default();
        before = now;
    }
    // A clock that moves in longer steps than a look tells nothing.
    if had.is_zero() { 1.0 } else { had.as_secs_f64() / (before - start).as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use std::hint;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn checks_wait_as_long_as_others_take_their_core() {
        for (share, times) in [(1.0, 1), (0.5, 1), (0.25, 1), (0.2, 2), (0.05, 5), (0.03, 8), (0.000_1, 8)] {
            assert_eq!(needed(share), times, "with {share} of a core");
        }
    }

    #[test]
    fn threads_that_want_the_same_cores_are_felt() {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let (is_over, all_compute) = (AtomicBool::new(false), Barrier::new(8 * cores + 1));
        let share = thread::scope(|scope| {
            for _ in 0..8 * cores {
                scope.spawn(|| {
                    all_compute.wait();
                    while !is_over.load(Ordering::Relaxed) {
                        hint::spin_loop()
                    }
                });
            }
            all_compute.wait();
            let share = share();
            is_over.store(true, Ordering::Relaxed);
            share
        });
        assert!(share < 0.5, "{share}");
    }

    #[test]
    fn what_a_reader_says_goes_and_no_number_is_an_error() {
        assert_eq!(told("3".as_ref()).expect("a number"), 3);
        for wrong in ["", "0", "101", "-1", "1.5", "long", "3 "] {
            let error = told(wrong.as_ref()).expect_err(wrong).to_string();
            assert!(error.ends_with(&format!("1 to 100: it is `{wrong}`")), "{error}");
        }
    }
}
