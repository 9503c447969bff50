//! Signals that whoever started us ignores or blocks, as `nohup`, `&` in a script and some runners do.
//!
//! A process that ignores a signal hands that on to its children; of one that it handles they have the default again.
//! So each that we were started to ignore gets a handler that does nothing: we ignore it, and our children hear it.
//! What a thread blocks, the processes that it starts block too: so whoever starts one blocks nothing.

use std::{io, sync::LazyLock};

/// Those that a terminal, a shell or `kill` ends a program with: SIGHUP, SIGINT, SIGQUIT and SIGTERM.
#[cfg(unix)]
const ENDING: [i32; 4] = [1, 2, 3, 15];

/// Prints those of its arguments that end no process here; a signal to itself would end the shell that prints.
#[cfg(unix)]
const ASK: &str = r#"ulimit -c 0; for signal; do sh -c 'kill -"$0" $$; echo "$0"' "$signal"; done"#;

/// Lets the processes that the calling thread starts hear the signals that we were started to ignore or to block.
///
/// Whoever starts a process calls it first, in the thread that does.
///
/// # Errors
/// When the system takes no handler.
pub fn let_children_hear() -> io::Result<()> {
    static DONE: LazyLock<Result<(), String>> = LazyLock::new(|| handle().map_err(|error| error.to_string()));
    DONE.clone().map_err(io::Error::other)?;
    #[cfg(unix)]
    nix::sys::signal::SigSet::empty().thread_set_mask()?;
    Ok(())
}

/// The numbers of the signals that we were started to ignore, of those that end a program.
pub fn ignored_signals() -> &'static [i32] {
    #[cfg(unix)]
    static IGNORED: LazyLock<Vec<i32>> = LazyLock::new(ignored);
    #[cfg(not(unix))]
    static IGNORED: LazyLock<Vec<i32>> = LazyLock::new(Vec::new);
    &IGNORED
}

#[cfg(unix)]
fn handle() -> io::Result<()> {
    use tokio::{
        runtime::Builder,
        signal::unix::{SignalKind, signal},
    };
    // A handler stays when its runtime is gone. Whoever calls may be inside another one, where none can be dropped.
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let handled = {
        let _inside = runtime.enter();
        // Where ended children are ignored nobody can wait for one. By default, too, nothing hears of them.
        let all = [SignalKind::child().as_raw_value()].into_iter().chain(ignored_signals().iter().copied());
        all.map(SignalKind::from_raw).try_for_each(|kind| signal(kind).map(drop))
    };
    runtime.shutdown_background();
    handled
}

#[cfg(not(unix))]
fn handle() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn ignored() -> Vec<i32> {
    let told = |number: &i32| crate::probe::ignores(*number);
    match ENDING.iter().map(told).collect::<Option<Vec<bool>>>() {
        Some(told) => ENDING.into_iter().zip(told).filter_map(|(number, is)| is.then_some(number)).collect(),
        None => as_a_shell_finds(),
    }
}

/// What a shell has inherited, where the system does not say what we ignore.
#[cfg(unix)]
fn as_a_shell_finds() -> Vec<i32> {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", ASK, "sh"]).args(ENDING.map(|number| number.to_string()));
    let output = shell.stdin(std::process::Stdio::null()).output();
    let said = String::from_utf8_lossy(&output.map(|output| output.stdout).unwrap_or_default()).into_owned();
    said.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::{env, process::Command};

    use nix::sys::signal::{SigSet, Signal};

    use super::{as_a_shell_finds, handle, ignored_signals};

    /// A check that is a future itself may start the first process.
    #[test]
    fn handlers_can_be_taken_inside_a_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { handle() }).unwrap();
    }

    /// What a shell finds is what the system says, of a process that was started to ignore two signals.
    #[test]
    fn shell_finds_what_is_ignored() {
        const INSIDE: &str = "COURSE_TEST_INSIDE";
        if env::var_os(INSIDE).is_some() {
            assert_eq!(as_a_shell_finds(), [2, 15]);
            assert_eq!(ignored_signals(), [2, 15]);
            return;
        }
        let mut deaf = Command::new("sh");
        deaf.args(["-c", r#"trap "" 2 15; trap - 1 3; exec "$0" "$@""#]).arg(env::current_exe().unwrap());
        deaf.args(["--exact", "signals::tests::shell_finds_what_is_ignored"]).env(INSIDE, "1");
        let output = crate::let_children_hear().and_then(|()| deaf.output()).unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// A process that a thread starts which blocks a signal ends by it all the same.
    #[test]
    fn blocked_signals_are_heard() {
        use std::os::unix::process::ExitStatusExt;

        let mut blocked = SigSet::empty();
        blocked.add(Signal::SIGTERM);
        blocked.thread_block().unwrap();
        let mut ends = Command::new("sh");
        ends.args(["-c", "kill -15 $$; echo it lives on"]);
        let output = crate::let_children_hear().and_then(|()| ends.output()).unwrap();
        assert_eq!(output.status.signal(), Some(15), "{output:?}");
    }
}
