//! The places where commands run: each command has one, by what it does to its thread.

use std::{io, pin::pin, time::Duration};

use parts::{
    cpu::{CpuPool, Wanted},
    process::{Job, ProcessPool, Settings},
};
use practice::{Heartbeat, count_primes, run_command, work};
use tokio::{
    select,
    sync::futures::OwnedNotified,
    task::spawn_blocking,
    time::{Instant, interval_at},
};

use crate::{
    place::Place,
    progress::Progress,
    screen::Screen,
    stats::{Load, Stats},
};

/// How often a command tells how far it is.
const TICK: Duration = Duration::from_secs(1);

/// Where commands run.
pub struct Places {
    /// Lesson 09: a pool for what computes.
    pub cpu: CpuPool,
    /// How busy it is.
    pub cpu_load: Load,
    /// How busy Tokio's blocking pool is, the one of lesson 04.
    pub blocking_load: Load,
    /// Lesson 13: a pool for what may crash, or must be stopped whatever it does.
    pub workers: ProcessPool,
    /// Lesson 01: how long the event loop stood still.
    pub heartbeat: Heartbeat,
    /// Where progress is shown.
    screen: Screen,
}

impl Places {
    /// Makes the pools, from inside of a runtime; `screen` shows progress.
    ///
    /// # Errors
    /// When the system has no threads for them.
    pub fn new(screen: Screen) -> io::Result<Places> {
        let (cpu, workers) = (CpuPool::by_rayon()?, ProcessPool::new(Settings::default()));
        let (cpu_load, blocking_load) = Default::default();
        let heartbeat = Heartbeat::start();
        Ok(Places { cpu, cpu_load, blocking_load, workers, heartbeat, screen })
    }

    /// Does a command where it belongs, and says what came of it; meanwhile it tells now and then how far it is.
    pub async fn answer(&self, line: &str, cancelled: OwnedNotified) -> String {
        let (place, progress) = (Place::of(line), Progress::of(line));
        let (mut job, mut cancelled) = (pin!(self.run(place, line, &progress)), pin!(cancelled));
        let mut ticks = interval_at(Instant::now() + TICK, TICK);
        loop {
            select! {
                result = &mut job => return match result {
                    Ok(answer) => format!("== {line}: {answer}"),
                    Err(error) => format!("!! {line}: {error}"),
                },
                // To return drops the job's future, and each pool does with that what it can.
                () = &mut cancelled => return format!("!! {line}: cancelled; {}", place.fate()),
                _ = ticks.tick() => self.screen.say(&format!(".. {progress}")).await,
            }
        }
    }

    async fn run(&self, place: Place, line: &str, progress: &Progress) -> io::Result<String> {
        match place {
            Place::EventLoop => Ok(Stats::of(self).to_string()),
            Place::BlockingPool => {
                let (_awaited, running) = self.blocking_load.enter();
                let line = line.to_owned();
                spawn_blocking(move || running.during(|| run_command(&line))).await?
            }
            Place::CpuPool => self.primes(line, progress).await,
            Place::WorkerProcess => Ok(self.workers.call(Job::parse(line)?).await?.to_string()),
        }
    }

    /// Counts primes, and tells after each number how far it is.
    async fn primes(&self, line: &str, progress: &Progress) -> io::Result<String> {
        let below = line.split(' ').nth(1).and_then(|below| below.parse().ok());
        let below: u64 = below.ok_or_else(|| io::Error::other("how many numbers? Try /primes 3000000"))?;
        let ((_awaited, running), percent) = (self.cpu_load.enter(), progress.percent());
        let job = move |wanted: Wanted<'_>| {
            let numbers = (0..below).inspect(|number| percent.tell(*number, below));
            running.during(|| work("/primes", || count_primes(numbers, wanted)))
        };
        Ok(format!("{} primes", self.cpu.compute(job).await?))
    }
}
