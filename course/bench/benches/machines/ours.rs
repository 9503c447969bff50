//! Lesson 15: a server with JetStream, machines that are processes, and a caller.

use std::{error::Error, future::pending, process::Child, time::Duration};

use checks::{Host, NatsServer};
use solution_15::{Answer, Job, Machine, Machines, Settings};
use tokio::runtime::Runtime;

use crate::process::{end, end_with_stdin, flight, process, runtime};

pub const OURS: &str = "lesson 15";

/// The argument of a process that is a machine; the server's address comes behind it.
pub const MACHINE: &str = "--machine";

/// Does jobs, until the end of its input.
pub fn serve(url: &str) -> Result<(), Box<dyn Error>> {
    end_with_stdin()?;
    runtime().block_on(async {
        let machine = Machine::connect(url, Settings::default()).await?;
        println!("ready");
        machine.work(pending()).await;
        Ok(())
    })
}

/// A server, its machines, and their caller.
pub struct Ours {
    /// The loop.
    runtime: Runtime,
    /// The caller.
    caller: Machines,
    /// Killed when this is dropped.
    machines: Vec<Child>,
    /// Dropped last.
    _server: NatsServer,
}

impl Ours {
    /// Starts all of it; `None` where there is no server.
    pub fn start(machines: usize) -> Option<Ours> {
        let server = NatsServer::start()?;
        let url = server.url();
        let runtime = runtime();
        let caller = runtime.block_on(Machines::connect(&url, Settings::default())).expect("a line");
        let machines = (0..machines).map(|_| process(MACHINE, &url)).collect();
        let ours = Ours { runtime, caller, machines, _server: server };
        // Until their worker processes have started, too.
        ours.echo(64, 640);
        Some(ours)
    }

    /// Seconds for so many jobs that give back what they are given.
    pub fn echo(&self, in_flight: usize, jobs: usize) -> f64 {
        let given = b"sixteen letters.".to_vec();
        self.flight(in_flight, jobs, Job::Echo(given.clone()), Answer::Bytes(given))
    }

    /// Seconds for so many jobs that sleep.
    pub fn sleep(&self, in_flight: usize, jobs: usize, nap: Duration) -> f64 {
        let slept = Answer::Text(format!("slept {} s", nap.as_secs_f64()));
        self.flight(in_flight, jobs, Job::Slow(nap), slept)
    }

    fn flight(&self, in_flight: usize, jobs: usize, job: Job, answer: Answer) -> f64 {
        flight(&self.runtime, in_flight, jobs, || async {
            assert_eq!(self.caller.call(job.clone()).await.expect("an answer"), answer);
        })
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        end(&mut self.machines);
    }
}
