//! The client's side: a handle to one worker process.
//!
//! ```text
//!   call(job) ──▶ queue ──▶ task: write frames ──▶ the worker's stdin
//!     │  waits at the desk, by id                        │
//!     └──◀── desk ◀── task: read frames ◀── the worker's stdout
//! ```

use std::{io, path::Path, pin::pin, sync::Arc};

use practice::trace;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout},
    select,
    sync::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
    task::JoinSet,
};

use crate::{
    desk::Desk,
    frame,
    job::Job,
    message::{Answer, Failure, Reply, Request},
    program,
};

/// A worker process. Dropping it kills the process, when its runtime has the next turn, or ends.
pub struct WorkerProcess {
    /// The number that the system gave the process.
    id: u32,
    /// Frames for the task that writes.
    frames: Sender<Vec<u8>>,
    /// Where callers wait, shared with the task that reads.
    desk: Arc<Desk>,
    /// Both tasks: they end with this handle, and the process, which one of them owns, with them.
    _tasks: JoinSet<()>,
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
        let ((frames, queue), (tells, deaf)) = (mpsc::channel(64), oneshot::channel());
        let (desk, mut tasks) = (Arc::new(Desk::default()), JoinSet::new());
        tasks.spawn(write_requests(queue, requests, tells));
        tasks.spawn(read_replies(child, replies, deaf, desk.clone()));
        Ok(WorkerProcess { id, frames, desk, _tasks: tasks })
    }

    // ANCHOR: call
    /// Has the worker do a job, and awaits what comes of it; many calls may wait at once.
    /// Cancelling it abandons the job: the worker does it all the same, and its reply is thrown away.
    ///
    /// # Errors
    /// When the job panics, its request or reply is too long, or the worker ends.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let _span = trace::request(self.id, job.name());
        let over = || Failure::Died("its client has ended".to_owned());
        // A place first: from here on nothing awaits between the number and the frame.
        let place = self.frames.reserve().await.map_err(|_| over())?;
        let (id, outcome) = self.desk.expect()?;
        match frame::encode(&Request { id, job }) {
            Ok(frame) => place.send(frame),
            Err(error) => self.desk.answer(Reply { id, result: Err(Failure::Refused(error.to_string())) }),
        }
        outcome.await.unwrap_or_else(|_| Err(over()))
    }
    // ANCHOR_END: call

    /// The number that the system gave the process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether it may still answer.
    pub fn is_alive(&self) -> bool {
        self.desk.is_open()
    }
}

/// Writes frames, each as a whole, whether or not its caller still waits; tells when the worker takes no more.
async fn write_requests(mut queue: Receiver<Vec<u8>>, mut requests: ChildStdin, tells: oneshot::Sender<()>) {
    let mut tells = Some(tells);
    while let Some(frame) = queue.recv().await {
        // Its caller is told by the task that reads, which will know why.
        if requests.write_all(&frame).await.is_err()
            && let Some(tells) = tells.take()
        {
            let _ = tells.send(());
        }
    }
}

// ANCHOR: replies
/// Hands replies to their callers until none can come; then says why.
async fn read_replies(mut worker: Child, replies: ChildStdout, deaf: oneshot::Receiver<()>, desk: Arc<Desk>) {
    let mut reading = pin!(desk.hear(BufReader::new(replies)));
    let ended = select! {
        ended = &mut reading => ended,
        // It takes no more requests, and may live on; what it has said until now still counts.
        Ok(()) = deaf => { let _ = worker.start_kill(); reading.await }
    };
    // The end of its replies is not the end of the process: kill first, or `wait` may never return.
    let _ = worker.start_kill();
    let status = worker.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
    desk.close(Failure::Died(ended.map_or(status.clone(), |error| format!("{error} ({status})"))));
}
// ANCHOR_END: replies
