//! One call, two places: a process pool here, or machines elsewhere, which lose what they have when they die.
//!
//! Run it: `cargo run -p lesson-15`, then type `/upper tea`. For machines, start a server and two of them first:
//! `nats-server -js`, and twice `cargo run -p lesson-15 -- --nats nats://127.0.0.1:4222 --machine`;
//! then `cargo run -p lesson-15 -- --nats nats://127.0.0.1:4222`, and `/slow 5`. Kill the machine that takes it:
//! you will see no answer, and a timeout at the end.
//!
//! ```text
//!   client ──job──▶ nats-server ──job──▶ machine ──▶ worker process
//!     ▲                                │
//!     └───────────answer───────────────┘
//! ```

mod address;

// Yours to use, and to finish: what keeps jobs and answers.
#[allow(dead_code)]
mod answers;

mod begun;

#[allow(dead_code)]
mod call;

#[allow(dead_code)]
mod desk;

#[allow(dead_code)]
mod hand_in;

#[allow(dead_code)]
mod id;

mod line;

mod machine;

mod machines;

mod message;

mod place;

mod settings;

#[allow(dead_code)]
mod streams;

#[allow(dead_code)]
mod wanted;

use std::{io, process, process::ExitCode, sync::Arc, time::Duration};

use address::Address;
use practice::{Visit, println, trace};
use tokio::{runtime::Builder, signal::ctrl_c};

pub use machine::Machine;
pub use machines::Machines;
pub use message::Outcome;
pub use parts::process::{Answer, Failure, Job, work};
use place::Place;
pub use settings::Settings;

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(15);

/// How long the end waits for what was cancelled.
const GRACE: Duration = Duration::from_millis(500);

/// Joins the room and talks; commands are jobs, for the processes here or the machines elsewhere.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    // The line outlives the event loop, since what is cancelled at the end is told to the engine.
    let line = Builder::new_multi_thread().worker_threads(1).thread_name("line").enable_all().build()?;
    let place = Arc::new(line.block_on(Place::at(visit.nats.as_deref()))?);
    let jobs = place.clone();
    let ended = practice::talk(visit, runtime, move |line| command(jobs.clone(), line));
    line.block_on(place.close(GRACE));
    ended
}

/// Does what a line that starts with `/` asks for.
async fn command(place: Arc<Place>, line: String) -> io::Result<String> {
    Ok(place.call_within(Job::parse(&line)?, LIMIT).await?.to_string())
}

/// Is a machine: takes jobs from the server at `url`, until Ctrl-C.
pub fn serve(url: &str) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let machine = Machine::connect(url, Settings { tells: true, ..Settings::default() }).await?;
        println!("machine {} takes jobs from {}", process::id(), Address::of(url)?);
        machine.work(async { drop(ctrl_c().await) }).await;
        println!("machine {} takes no more", process::id());
        Ok(())
    })
}
