//! The loop waits for a job, the job waits for the loop, and the room's pings wait for both.
//!
//! Run it: `cargo run -p lesson-16`, then type `/scan MIT .` and `/tell hello`.
//! You will see everything stand still for three seconds at the first find, and a panic.
//!
//! ```text
//!   event loop                                  a thread
//!   offload ── thread::spawn(job) ────────────▶ the plugin reads a file, and calls `found`
//!      │                                           │
//!      └── waits for the job, on its thread        └── Handle::block_on waits for the loop
//! ```

use std::{io, path::Path, process::ExitCode, sync::mpsc, thread, time::Duration};

use practice::{Asker, Visit, scan, trace};
use tokio::runtime::{Builder, Handle};

mod call_error;

pub use call_error::CallError;

/// How long the plugin waits for the room.
const LIMIT: Duration = Duration::from_secs(4);

/// Joins the room and talks.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    practice::talk_and_ask(visit, runtime, command)
}

/// How long the loop waits for a job before it gives up.
const PATIENCE: Duration = Duration::from_secs(3);

/// New in this lesson: runs `future`, and blocks this thread for its result, for `limit` at most.
pub fn call_async<T: Send + 'static>(
    handle: &Handle,
    _limit: Duration,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, CallError> {
    Ok(trace::blocked("block_on", || handle.block_on(future)))
}

/// New: runs `job` on a thread of its own, and waits for its result.
pub async fn offload<T: Send + 'static>(job: impl FnOnce(&Bridge) -> T + Send + 'static) -> io::Result<T> {
    let bridge = Bridge { handle: Handle::current() };
    let (tells, told) = mpsc::channel();
    thread::Builder::new().name("pool thread".into()).spawn(move || tells.send(job(&bridge)))?;
    let done = trace::blocked("recv_timeout", || told.recv_timeout(PATIENCE));
    done.map_err(|_| io::Error::other(format!("the job has not ended after {PATIENCE:?}")))
}

/// New: a job's way back to the loop that awaits it.
#[derive(Clone)]
pub struct Bridge {
    /// The loop.
    handle: Handle,
}

impl Bridge {
    /// As [`call_async`], for as long as somebody awaits the job.
    pub fn call<T: Send + 'static>(
        &self,
        limit: Duration,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, CallError> {
        call_async(&self.handle, limit, future)
    }
}

/// New: does what a line that starts with `/` asks for.
async fn command(room: Asker, line: String) -> io::Result<String> {
    match line.split_once(' ').unwrap_or((&line, "")) {
        ("/scan", rest) => {
            let (word, folder) = rest.split_once(' ').ok_or_else(usage)?;
            let (word, folder) = (word.to_owned(), folder.to_owned());
            let plugin = move |bridge: &Bridge| {
                let tell =
                    |file: &str| bridge.call(LIMIT, room.ask(format!("{word} is in {file}")))?.map(drop);
                trace::job("/scan", || scan(Path::new(&folder), &word, tell))
            };
            offload(plugin).await?.map(|finds| format!("{finds} finds"))
        }
        // A plain function that waits, called where nobody may wait.
        ("/tell", text) => call_async(&Handle::current(), LIMIT, room.ask(text.into()))?,
        _ => Err(usage()),
    }
}

fn usage() -> io::Error {
    io::Error::other("the commands are /scan WORD FOLDER, /tell TEXT and /quit")
}
