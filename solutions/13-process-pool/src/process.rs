//! One worker process, from its start to its burial.

use std::{io, path::Path, time::Duration};

use tokio::{
    process::{ChildStderr, ChildStdin, ChildStdout},
    time::timeout,
};

use crate::{group::Group, inbox::Inbox, last_words::LastWords, message::Reply, outbox::Outbox, program};

/// A worker process. Dropping it kills the process, and all that it has started.
pub struct WorkerProcess {
    /// The number that the system gave it.
    pub id: u32,
    /// Where requests are written.
    pub requests: Outbox,
    /// Where replies come from.
    pub replies: Inbox<ChildStdout>,
    /// What it said on stderr last.
    pub said: LastWords,
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
        let instead = match timeout(limit, worker.replies.next()).await {
            Ok(Ok(Some(Reply { id: 0, .. }))) => return Ok(worker),
            Ok(Ok(Some(_))) => Some("it answers what nobody asked".to_owned()),
            Ok(Ok(None)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("it said nothing for {} s", limit.as_secs_f64())),
        };
        Err(named(io::Error::other(worker.bury(instead).await)))
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
            requests: Outbox::new(ChildStdin::from_std(requests)?),
            replies: Inbox::new(ChildStdout::from_std(replies)?),
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

/// Lets a pipe hold a megabyte, so that a large payload crosses in few writes; where that is refused, it holds 64 KiB.
#[cfg(target_os = "linux")]
fn widen(pipe: impl std::os::fd::AsFd) {
    let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_pipe: T) {}
