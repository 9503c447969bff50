//! What Linux tells of a process, in `/proc`. `None` is what can be told of a process that is gone.

use std::{collections::HashMap, fs, thread, time::Duration};

/// The threads of a process: the number of each, which no later one has, and its name.
pub(super) fn threads(process: u32) -> Option<Vec<(u32, String)>> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let thread = |task: fs::DirEntry| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        Some((task.file_name().to_str()?.parse().ok()?, name.trim_end().to_owned()))
    };
    Some(tasks.flatten().filter_map(thread).collect())
}

/// The processes that descend from `process`, itself not included.
pub(super) fn descendants(process: u32) -> Option<Vec<u32>> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect();
    let deeper = children.iter().filter_map(|child| descendants(*child)).flatten().collect::<Vec<_>>();
    Some([children, deeper].concat())
}

/// Whether a process exists and is no zombie.
pub(super) fn is_running(process: u32) -> Option<bool> {
    fs::metadata("/proc/self/stat").ok()?;
    let state = state(&format!("/proc/{process}/stat"));
    Some(state.is_some_and(|letter| !"ZX".contains(letter)))
}

/// Whether a process exists, if only as a zombie.
pub(super) fn is_left(process: u32) -> Option<bool> {
    fs::metadata("/proc/self/stat").ok()?;
    Some(fs::exists(format!("/proc/{process}")).unwrap_or(true))
}

/// The name of the program that a process runs; its first 15 letters.
pub(super) fn program_name(process: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{process}/comm")).ok()?.trim_end().to_owned())
}

/// Whether every thread of a process stands still, as after SIGSTOP.
pub(super) fn stands_still(process: u32) -> Option<bool> {
    let threads = threads(process)?;
    let stands = |thread: u32| state(&format!("/proc/{process}/task/{thread}/stat")) == Some('T');
    Some(threads.into_iter().all(|(thread, _)| stands(thread)))
}

/// The letter for the state of a process or thread.
fn state(file: &str) -> Option<char> {
    // The name, in parentheses, may hold anything: the state is the letter after it.
    fs::read_to_string(file).ok()?.rsplit_once(')')?.1.trim_start().chars().next()
}

/// The CPU time that a process has used, in steps of 10 ms.
pub(super) fn cpu_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold spaces: fields are counted after it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// The number of the calling thread.
pub(super) fn this_thread() -> Option<u32> {
    fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok()
}

/// How often a thread of this process has gone to sleep until now.
///
/// The count of one that sleeps stands still until somebody wakes it, or it wakes itself by a limit of its own.
pub(super) fn sleeps(thread: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/self/task/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim().parse().ok()
}

/// At how many of so many looks the busiest thread of a process ran, or waited for a core.
///
/// A thread that spins is found at every look, however busy the machine is: its CPU time may be small there.
/// It blocks for all of the pauses.
pub(super) fn looks_awake(process: u32, looks: u32, pause: Duration) -> Option<u32> {
    let mut awake: HashMap<u32, u32> = threads(process)?.into_iter().map(|(thread, _)| (thread, 0)).collect();
    for _ in 0..looks {
        for (thread, _) in threads(process).unwrap_or_default() {
            let runs = state(&format!("/proc/{process}/task/{thread}/stat")) == Some('R');
            *awake.entry(thread).or_insert(0) += u32::from(runs);
        }
        thread::sleep(pause);
    }
    awake.into_values().max()
}

/// Whether a process handles Ctrl-C itself.
pub(super) fn catches_interrupts(process: u32) -> Option<bool> {
    interrupts(process, "SigCgt:")
}

/// Whether Ctrl-C has reached a process that stands still.
pub(super) fn has_been_interrupted(process: u32) -> Option<bool> {
    interrupts(process, "ShdPnd:")
}

/// Whether SIGINT is in one of the sets of signals that the system tells of a process.
fn interrupts(process: u32, set: &str) -> Option<bool> {
    is_in(&process.to_string(), set, 2)
}

/// Whether this process ignores a signal.
pub(super) fn ignores(signal: i32) -> Option<bool> {
    is_in("self", "SigIgn:", signal)
}

/// Whether a signal is in one of the sets of signals that the system tells of a process.
fn is_in(process: &str, set: &str, signal: i32) -> Option<bool> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let signals = status.lines().find_map(|line| line.strip_prefix(set))?;
    // One bit for each signal, from 1 on.
    Some(u64::from_str_radix(signals.trim(), 16).ok()? >> (signal - 1) & 1 == 1)
}
