//! The machines, as a caller sees them: a job for whichever hears of it.
//!
//! ```text
//!   call(Job) ──▶ nats-server ──▶ machine      whichever is next, whether or not it is free
//!   call(Job) ──▶             ──▶ machine
//!       ▲                            │
//!       └────── the answer ◀─────────┘
//! ```

use std::{io, time::Duration};

use async_nats::RequestErrorKind;
use parts::process::{Failure, Job};
use tokio::time::timeout;

use crate::{
    begun::Begun,
    id::{Id, JOBS},
    line::Line,
    message::{Letter, Outcome, read_reply, request},
    settings::Settings,
};

/// The machines that take jobs from a server. Dropping it waits for no answer.
pub struct Machines {
    /// The line to the server.
    line: Line,
    /// What the caller was told.
    settings: Settings,
    /// Its name.
    caller: String,
    /// Draws its calls on the timeline.
    begun: Begun,
}

impl Machines {
    /// Connects to the server at `url`, from inside of a runtime.
    ///
    /// # Errors
    /// When no server is there.
    pub async fn connect(url: &str, settings: Settings) -> io::Result<Machines> {
        let line = Line::to(url, "caller").await?;
        let caller = settings.caller.clone().unwrap_or_else(|| line.unique());
        let begun = Begun::hear(&line, &caller);
        Ok(Machines { line, settings, caller, begun })
    }

    /// Has a machine do a job, and awaits what comes of it, for as long as the settings say.
    ///
    /// # Errors
    /// When no machine listens, the job panics or is too long, its worker dies, or the time is up.
    pub async fn call(&self, job: Job) -> Outcome {
        self.call_within(job, self.settings.limit).await
    }

    /// As [`Machines::call`], but for no longer than `limit`; the machine, too, gives the job no more.
    ///
    /// # Errors
    /// As [`Machines::call`].
    pub async fn call_within(&self, job: Job, limit: Duration) -> Outcome {
        self.perform(Id::unnamed(&self.caller, &self.line.unique()), job, limit).await
    }

    /// As [`Machines::call_within`], for a job with a name. So far the name changes nothing.
    ///
    /// # Errors
    /// As [`Machines::call`], and when the name is no word.
    pub async fn call_as(&self, name: &str, job: Job, limit: Duration) -> Outcome {
        self.perform(Id::named(&self.caller, name)?, job, limit).await
    }

    async fn perform(&self, id: Id, job: Job, limit: Duration) -> Outcome {
        let _drawn = self.begun.draw(&id, job.name());
        let Letter { headers, payload } = request(job, limit, self.line.most())?;
        let answer = self.line.client.request_with_headers(id.below(JOBS), headers, payload.into());
        match timeout(limit, answer).await {
            Ok(Ok(answer)) => read_reply(&answer),
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => {
                Err(Failure::NoWorker("no machine listens".to_owned()))
            }
            Ok(Err(error)) => Err(Failure::Died(error.to_string())),
            Err(_) => Err(Failure::TimedOut(limit)),
        }
    }

    /// Waits, no longer than `limit`, until what was cancelled is cancelled elsewhere, too. So far nothing is.
    pub async fn close(&self, _limit: Duration) {}
}
