//! What the operating system knows of a process: its threads, its descendants, its CPU time.
//!
//! Linux tells all of it. What another system does not tell is `None`; then the check says on stderr that it passes over
//! it, and `cargo course list` tells that.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

use std::time::Duration;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

/// The names of the threads of a process; `None` where the system does not say.
pub fn thread_names(process: u32) -> Option<Vec<String>> {
    Some(threads(process)?.into_iter().map(|(_, name)| name).collect())
}

/// The threads of a process: the number of each, which no later one has, and its name.
pub fn threads(process: u32) -> Option<Vec<(u32, String)>> {
    system::threads(process)
}

/// The processes that descend from `process`, itself not included.
pub fn descendants(process: u32) -> Option<Vec<u32>> {
    system::descendants(process)
}

/// Whether a process exists and is no zombie.
pub fn is_running(process: u32) -> Option<bool> {
    system::is_running(process)
}

/// Whether a process runs, or has ended and nobody has waited for it.
pub fn is_left(process: u32) -> Option<bool> {
    system::is_left(process)
}

/// The name of the program that a process runs, which may be cut after 15 letters.
pub fn program_name(process: u32) -> Option<String> {
    system::program_name(process)
}

/// The CPU time that a process has used, in steps of 10 ms or finer.
pub fn cpu_time(process: u32) -> Option<Duration> {
    system::cpu_time(process)
}

/// The number of the calling thread; `None` where the system does not say.
pub fn this_thread() -> Option<u32> {
    system::this_thread()
}

/// How often a thread of this process has gone to sleep until now; `None` where the system does not say.
///
/// The count of one that sleeps stands still until somebody wakes it, or it wakes itself by a limit of its own.
pub fn sleeps(thread: u32) -> Option<u64> {
    system::sleeps(thread)
}

/// Whether every thread of a process stands still, as after SIGSTOP; `None` where the system does not say.
pub(crate) fn stands_still(process: u32) -> Option<bool> {
    system::stands_still(process)
}

/// At how many of so many looks the busiest thread of a process ran, or waited for a core.
///
/// A thread that spins is found at every look, however busy the machine is: its CPU time may be small there.
/// It blocks for all of the pauses. `None` where the system does not say.
pub(crate) fn looks_awake(process: u32, looks: u32, pause: Duration) -> Option<u32> {
    system::looks_awake(process, looks, pause)
}

/// Whether a process handles Ctrl-C itself; `None` where the system does not say.
pub(crate) fn catches_interrupts(process: u32) -> Option<bool> {
    system::catches_interrupts(process)
}

/// Whether Ctrl-C has reached a process that stands still; `None` where the system does not say.
pub(crate) fn has_been_interrupted(process: u32) -> Option<bool> {
    system::has_been_interrupted(process)
}

/// Whether this process ignores a signal; `None` where the system does not say.
#[cfg(unix)]
pub(crate) fn ignores(signal: i32) -> Option<bool> {
    system::ignores(signal)
}
