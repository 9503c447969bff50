//! The way back: blocking code hands a future to the loop that runs already, and whatever becomes of it is an answer.
//!
//! Run it: `cargo run -p solution-16`, then type `/scan MIT .` and `/tell hello`.
//! You will see the room hear of each find and the scan go on, and a sentence where a wait would freeze the loop.
//!
//! ```text
//!   event loop                                  blocking pool
//!   offload ── spawn_blocking(job, bridge) ───▶ the plugin reads a file, and calls `found`
//!   a task: the future ◀── spawn ────────────── call_async
//!      └── result, panic, end ── channel ─────▶    waits for it, with a limit
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::{io, path::Path, process::ExitCode, time::Duration};

use futures_util::FutureExt;
use practice::{Asker, Visit, scan, trace};
use tokio::runtime::{Builder, Handle};
use tokio::{select, sync::watch, task};

mod call_error;

pub use call_error::CallError;

/// How long the plugin waits for the room.
const LIMIT: Duration = Duration::from_secs(4);

/// Joins the room and talks.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let runtime = trace::event_loop(Builder::new_current_thread().enable_all()).build()?;
    practice::talk_and_ask(visit, runtime, command)
}

// ANCHOR: call
/// Runs `future` as a task of the loop behind `handle`, and blocks this thread until it ends, for `limit` at most.
pub fn call_async<T: Send + 'static>(
    handle: &Handle,
    limit: Duration,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, CallError> {
    // Tokio answers whether a thread may block by a panic, and in no other way.
    catch_unwind(AssertUnwindSafe(|| handle.block_on(async {}))).map_err(|_| CallError::OnTheLoop)?;
    let (tells, told) = sync_channel(1);
    let task = handle.spawn(async move { tells.send(AssertUnwindSafe(future).catch_unwind().await) });
    let outcome = trace::blocked("call_async", || told.recv_timeout(limit));
    task.abort();
    match outcome {
        Ok(result) => result.map_err(CallError::panicked),
        Err(RecvTimeoutError::Timeout) => Err(CallError::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(CallError::LoopEnded),
    }
}
// ANCHOR_END: call

// ANCHOR: bridge
/// Runs `job` on the blocking pool; whoever drops this future cancels the calls of the job.
pub async fn offload<T: Send + 'static>(job: impl FnOnce(&Bridge) -> T + Send + 'static) -> io::Result<T> {
    let (_guard, wanted) = watch::channel(());
    let bridge = Bridge { handle: Handle::current(), wanted };
    Ok(task::spawn_blocking(move || job(&bridge)).await?)
}

/// A job's way back to the loop that awaits it.
#[derive(Clone)]
pub struct Bridge {
    /// The loop.
    handle: Handle,
    /// Closed when nobody awaits the job.
    wanted: watch::Receiver<()>,
}

impl Bridge {
    /// As [`call_async`], for as long as somebody awaits the job.
    pub fn call<T: Send + 'static>(
        &self,
        limit: Duration,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, CallError> {
        let mut wanted = self.wanted.clone();
        call_async(&self.handle, limit, async move {
            select! {
                biased;
                _ = wanted.changed() => Err(CallError::Cancelled),
                result = future => Ok(result),
            }
        })?
    }
}
// ANCHOR_END: bridge

/// Does what a line that starts with `/` asks for.
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
