//! Where jobs are done: one call, whichever place it is.

use std::{io, time::Duration};

use parts::process::{Job, ProcessPool};

use crate::{machines::Machines, message::Outcome, settings::Settings};

/// Where jobs are done.
pub enum Place {
    /// Lesson 13: worker processes, on this machine.
    Processes(ProcessPool),
    /// Machines that take jobs from a server.
    Machines(Box<Machines>),
}

impl Place {
    /// The machines at the server `nats`, or without one the processes here. Both belong to the runtime that awaits this.
    ///
    /// # Errors
    /// When the server is not there, or will not do.
    pub async fn at(nats: Option<&str>) -> io::Result<Place> {
        Ok(match nats {
            Some(url) => Place::Machines(Box::new(Machines::connect(url, Settings::default()).await?)),
            None => Place::Processes(ProcessPool::new(Default::default())),
        })
    }

    /// Has a job done, and awaits what comes of it for no longer than `limit`. Cancelling it cancels the job.
    ///
    /// # Errors
    /// When there is no answer; the failure says why.
    pub async fn call_within(&self, job: Job, limit: Duration) -> Outcome {
        match self {
            Place::Processes(pool) => pool.call_within(job, limit).await,
            Place::Machines(machines) => machines.call_within(job, limit).await,
        }
    }

    /// Waits, no longer than `limit`, until the jobs that were cancelled hear of it.
    pub async fn close(&self, limit: Duration) {
        match self {
            // Those that ran were killed with their calls.
            Place::Processes(_) => {}
            Place::Machines(machines) => machines.close(limit).await,
        }
    }
}
