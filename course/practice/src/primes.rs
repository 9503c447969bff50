//! Work that computes, for the lesson on CPU-bound work: counting primes, by trial division.

use std::thread;

/// Counts the primes among `numbers`, one number after the other, for as long as `wanted` says so.
///
/// It never waits for anything: its thread keeps a core busy until it is done.
/// A count that is not wanted any more stops before the next number, and is too small.
///
/// ```
/// assert_eq!(practice::count_primes(0..100, &|| true), 25);
/// ```
pub fn count_primes(numbers: impl Iterator<Item = u64>, wanted: &dyn Fn() -> bool) -> usize {
    numbers.take_while(|_| wanted()).filter(|number| is_prime(*number)).count()
}

fn is_prime(number: u64) -> bool {
    number > 1
        && (2..)
            .take_while(|divisor| divisor * divisor <= number)
            .all(|divisor| !number.is_multiple_of(divisor))
}

/// How many threads can compute at the same time.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The counts are those of the tables, from whichever number the count begins.
    #[test]
    fn primes_are_counted() {
        let counts = [0, 1, 2, 3, 10, 100, 1000, 10_000].map(|below| count_primes(0..below, &|| true));
        assert_eq!(counts, [0, 0, 0, 1, 4, 25, 168, 1229]);
        assert_eq!(count_primes((1..100).step_by(4), &|| true), 11);
    }

    /// A count that is not wanted looks at no further number.
    #[test]
    fn unwanted_count_stops() {
        let looks = Cell::new(0);
        let wanted = || {
            looks.set(looks.get() + 1);
            looks.get() <= 10
        };
        assert_eq!((count_primes(0.., &wanted), looks.get()), (4, 11));
    }
}
