//! The client's side: a handle to one worker process.
//!
//! ```text
//!   call(job) ──▶ queue ──▶ task: writes all that waits ──▶ the worker's stdin
//!     ▲                           then reads as many lines ◀── its stdout
//!     └──────── the next line ──────────┘
//! ```

use std::{io, path::Path};

use practice::trace;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout},
    sync::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
};

use crate::{
    frame,
    job::Job,
    message::{Answer, Failure, Reply, Request},
    program,
};

/// A job, and who waits for what comes of it.
type Call = (Job, oneshot::Sender<Result<Answer, Failure>>);

/// A worker process. Dropping it ends the process, once it is idle.
pub struct WorkerProcess {
    /// The number that the system gave the process.
    id: u32,
    /// Calls for the task that talks to the process.
    calls: Sender<Call>,
}

impl WorkerProcess {
    /// Starts `program` as a worker, from inside of a runtime.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(program: &Path) -> io::Result<WorkerProcess> {
        let mut child = program::command(program).spawn().map_err(|error| {
            io::Error::new(error.kind(), format!("cannot start the worker {}: {error}", program.display()))
        })?;
        let id = child.id().unwrap_or(0);
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (requests, replies) = pipes.ok_or_else(|| io::Error::other("the worker has no pipes"))?;
        let (calls, queue) = mpsc::channel(64);
        tokio::spawn(talk(queue, requests, replies, child));
        Ok(WorkerProcess { id, calls })
    }

    /// Has the worker do a job, and awaits what comes of it; many calls may wait at once.
    ///
    /// # Errors
    /// When the job panics, or the worker ends.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let _span = trace::request(self.id, job.name());
        let over = || Failure::Died("it is gone".to_owned());
        let (answer, outcome) = oneshot::channel();
        self.calls.send((job, answer)).await.map_err(|_| over())?;
        outcome.await.unwrap_or_else(|_| Err(over()))
    }

    /// The number that the system gave the process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it may still answer.
    pub fn is_alive(&self) -> bool {
        !self.calls.is_closed()
    }
}

/// Writes all requests that wait, then reads as many replies.
async fn talk(mut queue: Receiver<Call>, mut requests: ChildStdin, replies: ChildStdout, _worker: Child) {
    let (mut replies, mut calls) = (BufReader::new(replies), Vec::new());
    while queue.recv_many(&mut calls, 64).await > 0 {
        for (job, _) in &calls {
            if let Ok(frame) = frame::encode(&Request { id: 0, job: job.clone() }) {
                let _ = requests.write_all(&frame).await;
            }
        }
        for (_, caller) in calls.drain(..) {
            let result = match frame::receive::<Reply>(&mut replies).await {
                Ok(Some(reply)) => reply.result,
                Ok(None) => return,
                Err(error) => Err(Failure::Refused(error.to_string())),
            };
            let _ = caller.send(result);
        }
    }
}
