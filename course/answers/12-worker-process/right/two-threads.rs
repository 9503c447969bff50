//! RIGHT: no task and no runtime: one thread writes to the worker, and another reads from it.
//! instead-of: process.rs

use std::{
    io::{self, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use practice::trace;

use crate::{
    desk::Desk,
    frame,
    job::Job,
    message::{Answer, Failure, Reply, Request},
    program,
};

/// A worker process. Dropping it kills the process.
pub struct WorkerProcess {
    /// The number that the system gave the process.
    id: u32,
    /// Frames for the thread that writes; it ends with this handle.
    frames: Sender<Vec<u8>>,
    /// Where callers wait, shared with the thread that reads.
    desk: Arc<Desk>,
    /// The process, shared with the thread that reads.
    worker: Arc<Mutex<Child>>,
}

impl WorkerProcess {
    /// Starts `program` as a worker.
    pub fn start(program: &Path) -> io::Result<WorkerProcess> {
        let mut child = program::command(program).into_std().spawn()?;
        let id = child.id();
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (requests, replies) = pipes.ok_or_else(|| io::Error::other("the worker has no pipes"))?;
        let (frames, queue) = mpsc::channel();
        let (desk, worker) = (Arc::new(Desk::default()), Arc::new(Mutex::new(child)));
        let (told, owned) = (desk.clone(), worker.clone());
        thread::Builder::new().name("requests".into()).spawn(move || write(&queue, requests, &owned))?;
        let owned = worker.clone();
        thread::Builder::new().name("replies".into()).spawn(move || read(replies, &told, &owned))?;
        Ok(WorkerProcess { id, frames, desk, worker })
    }

    /// Has the worker do a job, and awaits what comes of it; many calls may wait at once.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        let _span = trace::request(self.id, job.name());
        let (id, outcome) = self.desk.expect()?;
        match frame::encode(&Request { id, job }) {
            Ok(frame) => drop(self.frames.send(frame)),
            Err(error) => self.desk.answer(Reply { id, result: Err(Failure::Refused(error.to_string())) }),
        }
        outcome.await.unwrap_or_else(|_| Err(Failure::Died("nobody knows why".to_owned())))
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

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        let _ = locked(&self.worker).kill();
    }
}

fn write(queue: &Receiver<Vec<u8>>, mut requests: ChildStdin, worker: &Mutex<Child>) {
    for frame in queue {
        if requests.write_all(&frame).is_err() {
            let _ = locked(worker).kill();
        }
    }
}

fn read(replies: ChildStdout, desk: &Desk, worker: &Mutex<Child>) {
    let mut replies = BufReader::new(replies);
    let broken = loop {
        match frame::read(&mut replies) {
            Ok(Some(reply)) => desk.answer(reply),
            Ok(None) => break String::new(),
            Err(error) => break format!("{error}; "),
        }
    };
    let mut worker = locked(worker);
    let _ = worker.kill();
    let status = worker.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    desk.close(Failure::Died(broken + &status));
}

fn locked(worker: &Mutex<Child>) -> MutexGuard<'_, Child> {
    worker.lock().unwrap_or_else(PoisonError::into_inner)
}
