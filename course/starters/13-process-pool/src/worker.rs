//! The worker's side: it says that it is there, then does one job after the other.
//!
//! ```text
//!   stdin, moved away ──▶ lifeline ──▶ frame::read ──▶ Job::run ──▶ one write ──▶ stdout, moved away
//!                            end of input: exit, even in the middle of a job
//!   stdin is empty now, and stdout is stderr: jobs may read and print as they like
//! ```

use std::{
    fs::File,
    io::{self, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process,
};

use filedescriptor::{FileDescriptor, StdioDescriptor};

use crate::{
    frame::{self, Frame, FrameError},
    job::Job,
    lifeline,
    message::{Answer, Failure, Reply, Request},
};

/// Serves requests until they end.
///
/// # Errors
/// When the channel cannot be moved away, or what comes is no request.
pub fn work() -> io::Result<()> {
    let (requests, mut replies) = private_channel()?;
    let mut requests = BufReader::with_capacity(64 << 10, lifeline::hold(requests)?);
    // The pool takes nothing for a worker before it has said so.
    reply(&mut replies, 0, Ok(Answer::Number(process::id().into())))?;
    while let Some(Request { id, job }) = frame::read(&mut requests).map_err(io::Error::other)? {
        // Each reply is written before the next job begins: so the pool knows which one has begun.
        reply(&mut replies, id, run(job))?;
    }
    Ok(())
}

/// Does a job; a panic is a value.
pub fn run(job: Job) -> Result<Answer, Failure> {
    catch_unwind(AssertUnwindSafe(|| job.run())).map_err(|panic| Failure::panicked(&*panic))
}

/// Writes a reply, or that it cannot be written.
pub fn reply(replies: &mut impl Write, id: u64, result: Result<Answer, Failure>) -> io::Result<()> {
    let refused = |error: FrameError| Reply { id, result: Err(Failure::Refused(error.to_string())) };
    let frame = Frame::of(Reply { id, result }).or_else(|error| Frame::of(refused(error)));
    frame.map_err(io::Error::other)?.write(replies)
}

/// Moves both ends of the channel away from where jobs read and print.
pub fn private_channel() -> io::Result<(FileDescriptor, File)> {
    let (nothing, _) = io::pipe()?;
    let requests = FileDescriptor::redirect_stdio(&nothing, StdioDescriptor::Stdin);
    let replies = FileDescriptor::redirect_stdio(&io::stderr(), StdioDescriptor::Stdout);
    let replies = replies.and_then(|replies| replies.as_file());
    Ok((requests.map_err(io::Error::other)?, replies.map_err(io::Error::other)?))
}
