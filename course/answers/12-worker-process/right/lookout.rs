//! RIGHT: one thread reads and computes; another looks out for the end of the requests, and reads nothing.
//! instead-of: worker.rs

use std::{
    io::{self, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process, thread,
};

use filedescriptor::{AsRawSocketDescriptor, FileDescriptor, StdioDescriptor, poll, pollfd};

use crate::{
    frame,
    message::{Failure, Reply, Request},
};

/// Serves requests until they end.
pub fn work() -> io::Result<()> {
    let (nothing, _) = io::pipe()?;
    let moved = |seen: filedescriptor::Result<FileDescriptor>| seen.map_err(io::Error::other);
    let requests = moved(FileDescriptor::redirect_stdio(&nothing, StdioDescriptor::Stdin))?;
    let mut replies = moved(FileDescriptor::redirect_stdio(&io::stderr(), StdioDescriptor::Stdout))?;
    let seen = moved(requests.try_clone())?;
    thread::Builder::new().name("lookout".into()).spawn(move || look_out(&seen))?;
    let mut requests = BufReader::new(requests);
    while let Some(request) = frame::read(&mut requests).map_err(io::Error::other)? {
        replies.write_all(&reply(request))?;
    }
    Ok(())
}

/// Ends the process when nobody can send requests any more. It asks for no event: a hang-up is told unasked.
fn look_out(requests: &FileDescriptor) {
    let fd = requests.as_socket_descriptor();
    while !poll(&mut [pollfd { fd, events: 0, revents: 0 }], None).is_ok_and(|ready| ready > 0) {}
    process::exit(0);
}

fn reply(Request { id, job }: Request) -> Vec<u8> {
    let caught = catch_unwind(AssertUnwindSafe(|| job.run()));
    let result = caught.map_err(|panic| Failure::panicked(&*panic));
    frame::encode(&Reply { id, result }).unwrap_or_else(|error| {
        let refused = Failure::Refused(error.to_string());
        frame::encode(&Reply { id, result: Err(refused) }).unwrap_or_default()
    })
}
