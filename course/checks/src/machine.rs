//! A machine of lesson 15: a program that takes jobs from a server, in a process of its own.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    Program,
    client::Host,
    last_words::last_words,
    let_children_hear,
    missed::{Missed, patience, span},
    screen::{Decoder, Screen},
    watch::Watch,
};

/// A running machine. Dropping it kills it.
pub struct Machine {
    /// The process.
    child: Child,
    /// What it printed, on standard output and standard error.
    screen: Screen,
    /// Kills it where the check is gone.
    watch: Watch,
}

impl Machine {
    /// Starts the program as a machine of the server, or of the door before it; its jobs begin in `folder`.
    ///
    /// # Panics
    /// When the system does not start it.
    pub fn start(program: &Program, server: &impl Host, folder: &Path) -> Machine {
        let_children_hear().expect("handlers for signals");
        let mut command = program.command();
        command.args(["--nats", &server.url(), "--machine"]).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the machine starts");
        let screen = Screen::default();
        screen.copy::<Decoder>(child.stdout.take().expect("a pipe"), |_| ());
        screen.copy::<Decoder>(child.stderr.take().expect("a pipe"), |_| ());
        let mut watch = Watch::begin(None).expect("a shell that waits for the end of the check");
        watch.over(Some(child.id()));
        Machine { child, screen, watch }
    }

    /// Waits until it prints `part`, after what earlier waits found.
    pub fn shows(&self, part: &str) -> Result<(), Missed> {
        if self.screen.wait_for(part, patience()) {
            return Ok(());
        }
        let ended = if self.screen.is_over() { "it ended, and " } else { "" };
        let expected = format!("the machine prints `{part}`, within {}", span(patience()));
        Err(Missed::new(expected, format!("{ended}{}", last_words(&self.screen.all()))))
    }

    /// Whether it has printed `part` until now.
    pub fn has_shown(&self, part: &str) -> bool {
        self.screen.all().contains(part)
    }

    /// Its process, for the probes.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut does, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.watch.over(None);
    }

    /// Sends it a signal, by a name such as `STOP`; Unix only.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").args([&format!("-{name}"), &self.process().to_string()]).status();
    }

    /// Waits until it has ended, and tells its status; `None` by a signal.
    pub fn exits(&mut self) -> Result<Option<i32>, Missed> {
        let deadline = std::time::Instant::now() + patience();
        while std::time::Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Ok(status.code());
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let expected = format!("the machine ends, within {}", span(patience()));
        Err(Missed::new(expected, format!("it still runs, and {}", last_words(&self.screen.all()))))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}
