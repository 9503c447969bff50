//! One worker process, from its start to its burial.

use std::{io, path::Path, pin::pin, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{ChildStderr, ChildStdin, ChildStdout},
    select,
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
    pub group: Arc<Group>,
}

impl WorkerProcess {
    /// Starts `program`, which is yet to say that it is a worker.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(program: &Path) -> io::Result<WorkerProcess> {
        WorkerProcess::with_pipes(Group::start(program::command(program))?)
    }

    /// Awaits that it says that it is a worker, within `limit`.
    ///
    /// # Errors
    /// When it says something else, or nothing; then it is buried.
    pub async fn ready(mut self, limit: Duration) -> io::Result<WorkerProcess> {
        let instead = match timeout(limit, reply(&mut self.replies, 0)).await {
            Ok(Ok(_)) => return Ok(self),
            Ok(Err(instead)) => instead,
            Err(_) => Some(format!("it said nothing for {} s", limit.as_secs_f64())),
        };
        Err(io::Error::other(self.bury(instead).await))
    }

    /// Sends a request, and awaits the reply to it. Who cancels it must bury the worker.
    ///
    /// # Errors
    /// What came instead, if anything came: then too the worker must be buried.
    pub async fn ask(&mut self, id: u64, frame: Frame) -> Result<Outcome, Option<String>> {
        self.said.forget();
        let mut reply = pin!(reply(&mut self.replies, id));
        // It is read already: a worker that waits for its reply to be taken, or is gone, would never take the request.
        select! {
            biased;
            sent = frame.send(&mut self.requests) => sent.map_err(|_| None)?,
            early = &mut reply => {
                return Err(early.err().unwrap_or(Some("it answered too early".to_owned())));
            }
        }
        // A long reply finds the memory of a long request free, which costs less than new memory.
        drop(frame);
        reply.await
    }

    /// Awaits that a worker with nothing to do says something, or ends. Cancelling it loses nothing.
    #[allow(dead_code)]
    pub async fn stirs(&mut self) {
        let _ = self.replies.fill_buf().await;
    }

    /// Takes the pipes of a group's leader.
    fn with_pipes(group: Group) -> io::Result<WorkerProcess> {
        let broken = || io::Error::other("it has no pipes");
        let id = group.id().ok_or_else(broken)?;
        let (requests, replies, stderr) = group.pipes().ok_or_else(broken)?;
        Ok(WorkerProcess {
            id,
            requests: ChildStdin::from_std(requests)?,
            replies: BufReader::new(ChildStdout::from_std(replies)?),
            said: LastWords::of(ChildStderr::from_std(stderr)?),
            group: Arc::new(group),
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

/// Awaits a reply: whatever comes next is taken for it.
async fn reply(replies: &mut BufReader<ChildStdout>, _id: u64) -> Result<Outcome, Option<String>> {
    match frame::receive::<Reply>(replies).await {
        Ok(Some(reply)) => Ok(reply.result),
        Ok(None) => Err(None),
        Err(error) => Err(Some(error.to_string())),
    }
}
