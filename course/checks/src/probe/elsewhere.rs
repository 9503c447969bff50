//! What Windows and macOS tell of a process, by way of sysinfo; what they do not tell is passed over with a word.

use std::{thread, time::Duration};

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

use crate::passed_over::pass_over;

pub(super) fn threads(_process: u32) -> Option<Vec<(u32, String)>> {
    passed_over("the threads of a process and their names")
}

pub(super) fn descendants(process: u32) -> Option<Vec<u32>> {
    let all = look(ProcessesToUpdate::All, ProcessRefreshKind::nothing())?;
    let is_below = |pid: &Pid| {
        let parents = std::iter::successors(parent(&all, *pid), |pid| parent(&all, *pid));
        // Numbers are given out again, so two dead ones could name each other as parents.
        parents.take(all.processes().len()).any(|above| above == Pid::from_u32(process))
    };
    Some(all.processes().keys().filter(|pid| is_below(pid)).map(|pid| pid.as_u32()).collect())
}

fn parent(all: &System, process: Pid) -> Option<Pid> {
    all.process(process)?.parent()
}

pub(super) fn is_running(process: u32) -> Option<bool> {
    let one = look(ProcessesToUpdate::Some(&[Pid::from_u32(process)]), ProcessRefreshKind::nothing())?;
    let lives = |status| !matches!(status, ProcessStatus::Zombie | ProcessStatus::Dead);
    Some(one.process(Pid::from_u32(process)).is_some_and(|process| lives(process.status())))
}

pub(super) fn program_name(process: u32) -> Option<String> {
    let one = look(ProcessesToUpdate::Some(&[Pid::from_u32(process)]), ProcessRefreshKind::nothing())?;
    Some(one.process(Pid::from_u32(process))?.name().to_string_lossy().into_owned())
}

/// Signal 0 asks, and a zombie answers it too.
#[cfg(unix)]
pub(super) fn is_left(process: u32) -> Option<bool> {
    let asked = nix::sys::signal::kill(nix::unistd::Pid::from_raw(process.try_into().ok()?), None);
    Some(asked != Err(nix::errno::Errno::ESRCH))
}

/// There are no zombies.
#[cfg(not(unix))]
pub(super) fn is_left(process: u32) -> Option<bool> {
    is_running(process)
}

pub(super) fn cpu_time(process: u32) -> Option<Duration> {
    let one =
        look(ProcessesToUpdate::Some(&[Pid::from_u32(process)]), ProcessRefreshKind::nothing().with_cpu())?;
    Some(Duration::from_millis(one.process(Pid::from_u32(process))?.accumulated_cpu_time()))
}

fn look(which: ProcessesToUpdate<'_>, what: ProcessRefreshKind) -> Option<System> {
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(which, true, what);
    Some(system)
}

pub(super) fn this_thread() -> Option<u32> {
    passed_over("the number of a thread")
}

pub(super) fn sleeps(_thread: u32) -> Option<u64> {
    passed_over("how often a thread has slept")
}

pub(super) fn stands_still(_process: u32) -> Option<bool> {
    passed_over("whether a process stands still")
}

/// The CPU time of the whole process is all that can be looked at here.
pub(super) fn looks_awake(_process: u32, looks: u32, pause: Duration) -> Option<u32> {
    thread::sleep(pause * looks);
    passed_over("whether a thread is awake")
}

#[cfg(not(unix))]
pub(super) fn catches_interrupts(_process: u32) -> Option<bool> {
    passed_over("whether a process handles Ctrl-C")
}

/// As `ps` tells: the handled signals in hexadecimal, one bit for each from 1 on.
#[cfg(unix)]
pub(super) fn catches_interrupts(process: u32) -> Option<bool> {
    let asked =
        std::process::Command::new("ps").args(["-o", "sigcatch=", "-p", &process.to_string()]).output();
    let told = String::from_utf8(asked.ok()?.stdout).ok()?;
    let signals = u64::from_str_radix(told.trim().trim_start_matches("0x"), 16).ok();
    signals.map(|signals| signals >> 1 & 1 == 1).or_else(|| passed_over("whether a process handles Ctrl-C"))
}

pub(super) fn has_been_interrupted(_process: u32) -> Option<bool> {
    passed_over("whether Ctrl-C has reached a process")
}

#[cfg(unix)]
pub(super) fn ignores(_signal: i32) -> Option<bool> {
    // Whoever asks has another way.
    None
}

/// Says what this system does not tell.
fn passed_over<T>(what: &str) -> Option<T> {
    pass_over(&format!("this system does not tell {what}"));
    None
}
