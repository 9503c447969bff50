//! A pool of worker processes: the death of one costs its own request, and a timeout stops its job.
//!
//! Run it: `cargo run -p solution-13`, then type `/slow 3`, `/upper tea`, `/crash` and `/stats`.
//! You will see each answer at its own line, whatever becomes of the workers.
//!
//! ```text
//!   call(Job) ──▶ desk: a queue with an end ──▶ keeper ──▶ worker process
//!   call(Job) ──▶                           ──▶ keeper ──▶ worker process
//!       ▲                                         │  kills it when nobody waits,
//!       └── the answer, or why there is none ─────┘  and hires another when it dies
//! ```

mod job;

mod message;

pub mod frame;

mod frame_error;

mod reading;

mod worker;

mod lifeline;

mod pool;

mod settings;

mod stats;

mod ticket;

mod state;

mod desk;

mod place;

mod keeper;

mod process;

mod last_words;

mod group;

mod strays;

mod program;

pub mod fast;
mod fast_burial;
mod fast_call;
mod fast_claims;
mod fast_decoder;
mod fast_desk;
mod fast_end;
mod fast_keeper;
mod fast_line;
mod fast_outbox;
mod fast_place;
mod fast_process;
mod fast_recall;
mod fast_returns;
mod fast_rules;
mod fast_sent;
mod fast_state;
mod fast_ticket;
mod fast_turn;
mod fast_worker;

use std::{io, process::ExitCode, sync::Arc, time::Duration};

use practice::{Visit, trace};
use tokio::runtime::Builder;

pub use fast_worker::work;
pub use job::Job;
pub use message::{Answer, Failure, Reply, Request};
pub use pool::ProcessPool;
pub use program::this_program;
pub use settings::Settings;
pub use stats::{ShutDown, Stats};

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Joins the room and talks; commands are jobs for the pool.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    let pool = {
        let _inside = runtime.enter();
        Arc::new(ProcessPool::new(Settings::default()))
    };
    practice::talk(visit, runtime, move |line| command(pool.clone(), line))
}

/// Does what a line that starts with `/` asks for.
async fn command(pool: Arc<ProcessPool>, line: String) -> io::Result<String> {
    if line == "/stats" {
        return Ok(pool.stats().to_string());
    }
    Ok(pool.call_within(Job::parse(&line)?, LIMIT).await?.to_string())
}
