//! One worker process, from its start to its burial.

use std::{io, path::Path, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{ChildStderr, ChildStdin, ChildStdout},
    time::timeout,
};

use crate::{
    frame::{self, Frame},
    group::Group,
    last_words::LastWords,
    message::Reply,
    program,
    ticket::Outcome,
};

/// A worker process. Dropping it kills the process, and all that it has started.
pub struct WorkerProcess {
    /// The number that the system gave it.
    pub id: u32,
    /// Where requests are written.
    requests: ChildStdin,
    /// Where replies come from.
    replies: BufReader<ChildStdout>,
    /// What it said on stderr last.
    said: LastWords,
    /// The process itself.
    group: Group,
}

impl WorkerProcess {
    /// Starts `program`, and awaits that it says that it is a worker, within `limit`.
    ///
    /// # Errors
    /// When the system does not start it, or it says something else, or nothing.
    pub async fn start(program: &Path, limit: Duration) -> io::Result<WorkerProcess> {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", program.display()));
        let mut worker = WorkerProcess::with_pipes(Group::start(program::command(program)).map_err(named)?)?;
        let instead = match timeout(limit, worker.reply(0)).await {
            Ok(Ok(_)) => return Ok(worker),
            Ok(Err(instead)) => instead,
            Err(_) => Some(format!("it said nothing for {} s", limit.as_secs_f64())),
        };
        Err(named(io::Error::other(worker.bury(instead).await)))
    }

    /// Sends a request, and awaits the reply to it. Who cancels it must bury the worker.
    ///
    /// # Errors
    /// What came instead, if anything came: then too the worker must be buried.
    pub async fn ask(&mut self, id: u64, frame: Frame) -> Result<Outcome, Option<String>> {
        self.said.forget();
        // A worker that takes no more is about to end: its replies will say so.
        let _ = frame.send(&mut self.requests).await;
        // A long reply finds the memory of a long request free, which costs less than new memory.
        drop(frame);
        self.reply(id).await
    }

    /// Awaits a reply: whatever comes next is taken for it.
    async fn reply(&mut self, _id: u64) -> Result<Outcome, Option<String>> {
        match frame::receive::<Reply>(&mut self.replies).await {
            Ok(Some(reply)) => Ok(reply.result),
            Ok(None) => Err(None),
            Err(error) => Err(Some(error.to_string())),
        }
    }

    /// Awaits that a worker with nothing to do says something, or ends. Cancelling it loses nothing.
    #[allow(dead_code)]
    pub async fn stirs(&mut self) {
        let _ = self.replies.fill_buf().await;
    }

    /// Takes the pipes of a group's leader.
    fn with_pipes(mut group: Group) -> io::Result<WorkerProcess> {
        let broken = || io::Error::other("it has no pipes");
        let leader = group.leader().ok_or_else(broken)?;
        let id = leader.id();
        let requests = leader.stdin().take().ok_or_else(broken)?;
        let replies = leader.stdout().take().ok_or_else(broken)?;
        let stderr = leader.stderr().take().ok_or_else(broken)?;
        widen(&requests);
        widen(&replies);
        Ok(WorkerProcess {
            id,
            requests: ChildStdin::from_std(requests)?,
            replies: BufReader::new(ChildStdout::from_std(replies)?),
            said: LastWords::of(ChildStderr::from_std(stderr)?),
            group,
        })
    }

    /// Kills the process, awaits its end, and says what is known of it: `instead` of replies, its status, its last words.
    pub async fn bury(&mut self, instead: Option<String>) -> String {
        let status = match self.group.kill().await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "its status is lost".to_owned(),
        };
        let cause = instead.map_or(status.clone(), |instead| format!("{instead} ({status})"));
        match self.said.heard().await {
            nothing if nothing.is_empty() => cause,
            said => format!("{cause}, saying: {said}"),
        }
    }
}

/// Lets a pipe hold a megabyte, where it may: a long request crosses in few writes.
#[cfg(target_os = "linux")]
fn widen(pipe: impl std::os::fd::AsFd) {
    let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_pipe: T) {}
