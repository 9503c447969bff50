//! The places where commands should run: each command has one, by what it does to its thread.

use std::io;

use parts::process::{Job, ProcessPool, Settings};
use practice::{Heartbeat, count_primes, run_command, work};

use crate::{
    place::Place,
    progress::Progress,
    screen::Screen,
    stats::{Load, Stats},
};

/// Where commands run.
pub struct Places {
    /// How busy the pool for what computes is: there is none yet.
    pub cpu_load: Load,
    /// How busy Tokio's blocking pool is, the one of lesson 04.
    pub blocking_load: Load,
    /// Lesson 13: a pool for what may crash, or must be stopped whatever it does; nothing runs there yet.
    pub workers: ProcessPool,
    /// Lesson 01: how long the event loop stood still.
    pub heartbeat: Heartbeat,
    /// Where progress is to be shown.
    #[allow(dead_code, reason = "nothing tells how far it is before task 3")]
    screen: Screen,
}

impl Places {
    /// Makes the pools, from inside of a runtime; `screen` shows progress.
    ///
    /// # Errors
    /// When the system has no threads for them.
    pub fn new(screen: Screen) -> io::Result<Places> {
        let workers = ProcessPool::new(Settings::default());
        let (cpu_load, blocking_load) = Default::default();
        let heartbeat = Heartbeat::start();
        Ok(Places { cpu_load, blocking_load, workers, heartbeat, screen })
    }

    /// Does a command, and says what came of it.
    pub async fn answer(&self, line: &str) -> String {
        match self.run(Place::of(line), line, &Progress::of(line)).await {
            Ok(answer) => format!("== {line}: {answer}"),
            Err(error) => format!("!! {line}: {error}"),
        }
    }

    /// Does a command right here, on the event loop, wherever it belongs.
    async fn run(&self, place: Place, line: &str, progress: &Progress) -> io::Result<String> {
        match place {
            Place::EventLoop => Ok(Stats::of(self).to_string()),
            Place::BlockingPool => {
                let (_awaited, running) = self.blocking_load.enter();
                running.during(|| run_command(line))
            }
            Place::CpuPool => self.primes(line, progress),
            Place::WorkerProcess => Ok(Job::parse(line)?.run().to_string()),
        }
    }

    /// Counts primes, and tells after each number how far it is.
    fn primes(&self, line: &str, progress: &Progress) -> io::Result<String> {
        let below = line.split(' ').nth(1).and_then(|below| below.parse().ok());
        let below: u64 = below.ok_or_else(|| io::Error::other("how many numbers? Try /primes 3000000"))?;
        let ((_awaited, running), percent) = (self.cpu_load.enter(), progress.percent());
        let numbers = (0..below).inspect(|number| percent.tell(*number, below));
        let count = running.during(|| work("/primes", || count_primes(numbers, &|| true)));
        Ok(format!("{count} primes"))
    }
}
