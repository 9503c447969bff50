//! Machines that are processes: this program again.

use std::{
    env,
    future::pending,
    io::{self, BufRead, BufReader, Read},
    process::{self, Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use checks::let_children_hear;
use solution_15::{Machine, Settings};
use tokio::{runtime::Builder, time::sleep};

use crate::network;

/// The argument of a process that is a machine; the addresses of the servers come behind it.
pub const MACHINE: &str = "--machine";

/// How many there are.
pub const MACHINES: usize = 4;

/// All of them.
pub struct Park {
    /// The addresses of the servers.
    urls: String,
    /// The processes.
    running: Vec<Child>,
    /// How many jobs they have begun.
    pub begun: Arc<AtomicU64>,
}

impl Park {
    /// Starts them.
    pub fn start(urls: String) -> Park {
        let mut park = Park { urls, running: Vec::new(), begun: Arc::default() };
        for number in 0..MACHINES {
            if network::is_inside() {
                network::make(&name(number), 10 + number as u8);
            }
            let machine = park.process(number);
            park.running.push(machine);
        }
        park
    }

    /// Kills one, and starts another in its place.
    pub fn replace(&mut self, number: usize) {
        self.end(number);
        self.running[number] = self.process(number);
    }

    /// Cuts the line of a machine; only where it has one of its own.
    pub fn cut(&self, number: usize) {
        network::set(&name(number), "down");
    }

    /// Mends it.
    pub fn mend(&self, number: usize) {
        network::set(&name(number), "up");
    }

    fn end(&mut self, number: usize) {
        let _ = self.running[number].kill();
        let _ = self.running[number].wait();
    }

    fn process(&self, number: usize) -> Child {
        let this = env::current_exe().expect("this program");
        let mut command = match network::is_inside() {
            true => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", &name(number)]).arg(this);
                command
            }
            false => Command::new(this),
        };
        command.args([MACHINE, &self.urls]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let_children_hear().expect("handlers for signals");
        let mut machine = command.spawn().expect("a machine");
        let lines = BufReader::new(machine.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let begun = self.begun.clone();
        let count = move || {
            for line in lines {
                begun.fetch_add(line.starts_with("takes ").into(), Relaxed);
            }
        };
        thread::Builder::new().name("lines".into()).spawn(count).expect("a thread");
        machine
    }
}

impl Drop for Park {
    fn drop(&mut self) {
        (0..self.running.len()).for_each(|number| self.end(number));
    }
}

/// Is a machine until the end of its input, which comes when the run ends, however it does.
pub fn work(urls: &str) {
    let end = || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0)
    };
    thread::Builder::new().name("end of input".into()).spawn(end).expect("a thread");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        loop {
            match Machine::connect(urls, settings()).await {
                Ok(machine) => machine.work(pending()).await,
                // As whatever starts services does, where no server is in reach.
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    });
}

/// What the caller and the machines are told.
pub fn settings() -> Settings {
    let program = Some(env::current_exe().expect("this program"));
    Settings { copies: crate::cluster::SERVERS, tells: true, program, ..Settings::default() }
}

fn name(number: usize) -> String {
    format!("machine-{number}")
}
