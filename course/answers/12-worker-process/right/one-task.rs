//! RIGHT: one task does both: it waits for two loops at once, and drops one only when the other has ended.
//! instead-of: process.rs

use std::{io, path::Path, pin::pin, sync::Arc};

use practice::trace;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout},
    select,
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

use crate::{
    desk::Desk,
    frame::{self, FrameError},
    job::Job,
    message::{Answer, Failure, Reply, Request},
    program,
};

/// A worker process. Dropping it kills the process.
pub struct WorkerProcess {
    /// The number that the system gave the process.
    id: u32,
    /// Frames for the task; whatever waits here was asked for by this program.
    frames: UnboundedSender<Vec<u8>>,
    /// Where callers wait, shared with the task.
    desk: Arc<Desk>,
    /// The task: it ends with this handle, and the process with it.
    _task: JoinSet<()>,
}

impl WorkerProcess {
    /// Starts `program` as a worker, from inside of a runtime.
    pub fn start(program: &Path) -> io::Result<WorkerProcess> {
        let mut child = program::command(program).spawn()?;
        let id = child.id().unwrap_or(0);
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (requests, replies) = pipes.ok_or_else(|| io::Error::other("the worker has no pipes"))?;
        let (frames, queue) = mpsc::unbounded_channel();
        let (desk, mut task) = (Arc::new(Desk::default()), JoinSet::new());
        task.spawn(converse(child, queue, requests, replies, desk.clone()));
        Ok(WorkerProcess { id, frames, desk, _task: task })
    }

    /// Has the worker do a job, and awaits what comes of it; many calls may wait at once.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let _span = trace::request(self.id, job.name());
        let (id, outcome) = self.desk.expect()?;
        match frame::encode(&Request { id, job }) {
            Ok(frame) => drop(self.frames.send(frame)),
            Err(error) => self.desk.answer(Reply { id, result: Err(Failure::Refused(error.to_string())) }),
        }
        outcome.await.unwrap_or_else(|_| Err(Failure::Died("its task has ended".to_owned())))
    }

    /// The number that the system gave the process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it may still answer.
    pub fn is_alive(&self) -> bool {
        self.desk.is_open()
    }
}

/// Writes and reads until the replies end; then says why.
async fn converse(
    mut worker: Child,
    queue: UnboundedReceiver<Vec<u8>>,
    requests: ChildStdin,
    replies: ChildStdout,
    desk: Arc<Desk>,
) {
    let mut reading = pin!(read(replies, &desk));
    let broken = select! {
        broken = &mut reading => broken,
        // A worker that takes no more requests is killed; replies may still be on their way.
        () = write(queue, requests) => {
            let _ = worker.start_kill();
            reading.await
        }
    };
    let _ = worker.start_kill();
    let status = worker.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
    let why = broken.map(|error| format!("it broke the channel: {error}, ")).unwrap_or_default();
    desk.close(Failure::Died(format!("{why}it ended with {status}")));
}

/// Writes frames until one cannot be written.
async fn write(mut queue: UnboundedReceiver<Vec<u8>>, mut requests: ChildStdin) {
    while let Some(frame) = queue.recv().await {
        if requests.write_all(&frame).await.is_err() {
            return;
        }
    }
}

/// Hands replies to their callers until none can come.
async fn read(replies: ChildStdout, desk: &Desk) -> Option<FrameError> {
    let mut replies = BufReader::new(replies);
    loop {
        match frame::receive(&mut replies).await {
            Ok(Some(reply)) => desk.answer(reply),
            Ok(None) => return None,
            Err(error) => return Some(error),
        }
    }
}
