//! What tokio-console costs: a request that waits four times, without it and with it.
//!
//! Run it in this folder: `cd programs/console && cargo run --release --bin costs`.
//! You will see two lines; in the second, nobody is connected.

use std::env::{self, consts};

use your_program::measure::{WAITS, nanoseconds, request};

fn main() {
    let count = env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{} {}, {cores} cores", consts::OS, consts::ARCH);
    println!("a request that waits {WAITS} times, in a task: ns of processor time");
    let alone = nanoseconds(count, || (), request);
    println!("{:<34} {alone:>6.0}", "with the flag alone");
    console_subscriber::init();
    let with = nanoseconds(count, || (), request);
    println!("{:<34} {with:>6.0}   {:+.0} more", "with console-subscriber", with - alone);
}
