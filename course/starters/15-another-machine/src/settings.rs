//! What callers and machines are told.

use std::{path::PathBuf, time::Duration};

use parts::process;

/// What a caller is told, or a machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who calls: one word, under which a caller that comes back finds its answers. Without one, nobody comes back.
    pub caller: Option<String>,
    /// How many jobs the engine may hold, those included that a machine has; the next one is answered with "busy".
    pub waiting: usize,
    /// How long a call may take that says nothing about that.
    pub limit: Duration,
    /// How long an answer is kept which nobody fetches.
    pub kept: Duration,
    /// How long a machine may be silent: then its job is for another one.
    pub silence: Duration,
    /// How many machines may fall silent over one job, before no other gets it.
    pub deliveries: i64,
    /// Whether a machine prints what it takes.
    pub tells: bool,
    /// How many servers of a cluster keep each job and each answer; one that dies loses nothing if there are three.
    pub copies: usize,
    /// The program of a machine's worker process, with the flag `--worker`; without one it is this program.
    pub program: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Settings {
        let (limit, kept) = (Duration::from_secs(600), Duration::from_secs(3600));
        let silence = Duration::from_secs(2);
        Settings {
            caller: None,
            waiting: 16_384,
            limit,
            kept,
            silence,
            deliveries: 3,
            tells: false,
            copies: 1,
            program: None,
        }
    }
}

impl Settings {
    /// What a machine's process pool is told: it does one job at a time.
    pub fn worker(&self) -> process::Settings {
        process::Settings { workers: 1, program: self.program.clone(), ..process::Settings::default() }
    }
}
