//! A reactor apart from every executor: it turns readiness into wakes, and polls no task of yours.

use std::{future::pending, io, thread};

use tokio::runtime::{Builder, Handle};

/// Starts Tokio's reactor and timers on a thread of their own, for a client whose event loop is not Tokio's.
///
/// Enter the handle before the event loop runs: sockets that are made on that thread then find the reactor,
/// which wakes the event loop from outside. Nothing that the client spawns runs here.
/// The thread ends with the process; it uses no CPU while no socket is ready.
///
/// # Errors
/// When the system has no file descriptor or no thread left.
pub fn reactor() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("reactor".into()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}
