//! The end that no process can refuse: SIGKILL, or what is like it.

/// Kills a process, which may be no child of this one; one that is gone stays so.
#[cfg(unix)]
pub fn kill(process: u32) {
    use nix::{sys::signal, unistd::Pid};

    if let Ok(number) = process.try_into() {
        let _ = signal::kill(Pid::from_raw(number), signal::Signal::SIGKILL);
    }
}

/// Kills a process, which may be no child of this one; one that is gone stays so.
#[cfg(not(unix))]
pub fn kill(process: u32) {
    let force = ["/F", "/PID", &process.to_string()];
    let _ = std::process::Command::new("taskkill").args(force).output();
}
