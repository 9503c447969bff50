//! The worker's side: one thread reads requests, another computes and replies.
//!
//! ```text
//!   stdin, moved away ──▶ main thread: frame::read ──▶ channel ──▶ thread "compute": Job::run
//!                            end of input: exit                        │
//!   stdout, moved away ◀──────────── frame::encode, one write ◀────────┘
//!   stdin is empty now, and stdout is stderr: jobs may read and print as they like
//! ```

use std::{
    io::{self, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, Receiver},
    thread,
};

use filedescriptor::{FileDescriptor, StdioDescriptor};

use crate::{
    frame,
    message::{Failure, Reply, Request},
};

// ANCHOR: work
/// Serves requests until they end; whoever returns from it ends the process, whatever still computes.
///
/// # Errors
/// When the channel cannot be moved away, or what comes is no request.
pub fn work() -> io::Result<()> {
    let (requests, replies) = private_channel()?;
    // Unbounded: if this thread waited for the other one, it would not see the end of input.
    let (sender, jobs) = mpsc::channel();
    thread::Builder::new().name("compute".into()).spawn(move || compute(jobs, replies))?;
    let mut requests = BufReader::new(requests);
    while let Some(request) = frame::read(&mut requests).map_err(io::Error::other)? {
        if sender.send(request).is_err() {
            return Err(io::Error::other("the computing thread is gone"));
        }
    }
    Ok(())
}
// ANCHOR_END: work

// ANCHOR: channel
/// Moves both ends of the channel away from where jobs read and print.
fn private_channel() -> io::Result<(FileDescriptor, FileDescriptor)> {
    let (nothing, _) = io::pipe()?;
    let requests = FileDescriptor::redirect_stdio(&nothing, StdioDescriptor::Stdin);
    let replies = FileDescriptor::redirect_stdio(&io::stderr(), StdioDescriptor::Stdout);
    Ok((requests.map_err(io::Error::other)?, replies.map_err(io::Error::other)?))
}
// ANCHOR_END: channel

/// Does one job after the other; ends when a reply finds nobody, or no more jobs come.
fn compute(jobs: Receiver<Request>, mut replies: FileDescriptor) {
    for Request { id, job } in jobs {
        let caught = catch_unwind(AssertUnwindSafe(|| job.run()));
        let result = caught.map_err(|panic| Failure::panicked(&*panic));
        let refused =
            |error: frame::FrameError| Reply { id, result: Err(Failure::Refused(error.to_string())) };
        let reply = Reply { id, result };
        let frame = frame::encode(&reply).or_else(|error| frame::encode(&refused(error)));
        if frame.is_ok_and(|frame| replies.write_all(&frame).is_err()) {
            return;
        }
    }
}
