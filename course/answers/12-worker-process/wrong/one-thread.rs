//! WRONG: the thread that would see the end of the requests computes.
//! rejected-by: busy_worker_ends_with_its_client
//! sentence: the thread that would see the end of its requests computes, or waits
//! instead-of: worker.rs

use std::{
    io::{self, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use filedescriptor::{FileDescriptor, StdioDescriptor};

use crate::{
    frame,
    job::Job,
    message::{Failure, Reply, Request},
};

/// Serves requests until they end; whoever returns from it ends the process, whatever still computes.
///
/// # Errors
/// When the channel cannot be moved away, or what comes is no request.
pub fn work() -> io::Result<()> {
    let (requests, mut replies) = private_channel()?;
    let mut requests = BufReader::new(requests);
    while let Some(Request { id, job }) = frame::read(&mut requests).map_err(io::Error::other)? {
        compute(id, job, &mut replies);
    }
    Ok(())
}

/// Moves both ends of the channel away from where jobs read and print.
fn private_channel() -> io::Result<(FileDescriptor, FileDescriptor)> {
    let (nothing, _) = io::pipe()?;
    let requests = FileDescriptor::redirect_stdio(&nothing, StdioDescriptor::Stdin);
    let replies = FileDescriptor::redirect_stdio(&io::stderr(), StdioDescriptor::Stdout);
    Ok((requests.map_err(io::Error::other)?, replies.map_err(io::Error::other)?))
}

/// Does one job, and replies.
fn compute(id: u64, job: Job, replies: &mut FileDescriptor) {
    let caught = catch_unwind(AssertUnwindSafe(|| job.run()));
    let result = caught.map_err(|panic| Failure::panicked(&*panic));
    let refused = |error: frame::FrameError| Reply { id, result: Err(Failure::Refused(error.to_string())) };
    let frame = frame::encode(&Reply { id, result }).or_else(|error| frame::encode(&refused(error)));
    let _ = frame.map(|frame| replies.write_all(&frame));
}
