//! The worker's side: one thread reads a request, does its job, prints the reply, and reads the next.
//!
//! ```text
//!   stdin ──▶ frame::read ──▶ Job::run ──▶ frame::encode ──▶ stdout
//!               jobs read stdin and print to stdout, too
//! ```

use std::{
    io::{self, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    frame,
    message::{Failure, Reply, Request},
};

/// Serves requests until they end; whoever returns from it ends the process.
///
/// # Errors
/// When what comes is no request, or nobody takes a reply.
pub fn work() -> io::Result<()> {
    let mut requests = BufReader::new(io::stdin());
    while let Some(request) = frame::read(&mut requests).map_err(io::Error::other)? {
        let frame = frame::encode(&reply(request)).map_err(io::Error::other)?;
        let mut replies = io::stdout();
        replies.write_all(&frame)?;
        replies.flush()?;
    }
    Ok(())
}

/// Does the job that is asked for; a panic is a failure with a text.
fn reply(Request { id, job }: Request) -> Reply {
    let caught = catch_unwind(AssertUnwindSafe(|| job.run()));
    Reply { id, result: caught.map_err(|panic| Failure::panicked(&*panic)) }
}
