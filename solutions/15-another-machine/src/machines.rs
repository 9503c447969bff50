//! The machines, as a caller sees them: a job for whichever is free.
//!
//! ```text
//!   call(Job) ──▶ stream of jobs ────▶ machine      pulls one, says "in progress",
//!   call(Job) ──▶                ────▶ machine      and confirms when its answer is out
//!       ▲                                 │
//!       └────── stream of answers ◀───────┘
//! ```

use std::{io, sync::Arc, time::Duration};

use parts::process::{Failure, Job};
use tokio::time::timeout;

use crate::{
    begun::Begun,
    call::Call,
    desk::Desk,
    id::Id,
    line::Line,
    message::{Outcome, request},
    settings::Settings,
};

/// The machines that take jobs from a server. Dropping it waits for no answer.
pub struct Machines {
    /// What its calls share.
    desk: Arc<Desk>,
    /// Draws them on the timeline.
    begun: Begun,
}

impl Machines {
    /// Connects to the server at `url`, from inside of a runtime.
    ///
    /// # Errors
    /// When no server is there, it keeps no streams, or has them with other settings.
    pub async fn connect(url: &str, settings: Settings) -> io::Result<Machines> {
        let line = Line::to(url, "caller").await?;
        let desk = Desk::open(line, settings).await?;
        let begun = Begun::hear(&desk.line, &desk.caller);
        Ok(Machines { desk, begun })
    }

    // ANCHOR: call
    /// Has a machine do a job, and awaits what comes of it, for as long as the settings say.
    ///
    /// Cancelling it cancels the job: it never begins, or its worker process is killed.
    ///
    /// # Errors
    /// When the job panics or is too long, its worker dies, too many machines fall silent over it, the time is up, or
    /// the engine holds too many jobs.
    pub async fn call(&self, job: Job) -> Outcome {
        self.call_within(job, self.desk.settings.limit).await
    }

    /// As [`Machines::call`], but for no longer than `limit`; the machine, too, gives the job no more.
    ///
    /// # Errors
    /// As [`Machines::call`].
    pub async fn call_within(&self, job: Job, limit: Duration) -> Outcome {
        let id = Id::unnamed(&self.desk.caller, &self.desk.line.unique());
        self.perform(id, job, limit).await
    }

    /// As [`Machines::call_within`], for a job with a name: it is done once, however often it is handed in.
    ///
    /// Cancelling it cancels the wait alone. Whoever asks again, in time and as the same caller, gets the answer.
    ///
    /// # Errors
    /// As [`Machines::call`], and when the name is no word, or somebody waits for it already.
    pub async fn call_as(&self, name: &str, job: Job, limit: Duration) -> Outcome {
        self.perform(Id::named(&self.desk.caller, name)?, job, limit).await
    }

    async fn perform(&self, id: Id, job: Job, limit: Duration) -> Outcome {
        let _drawn = self.begun.draw(&id, job.name());
        let letter = request(job, limit, self.desk.line.most())?;
        let answer = self.desk.answers.expect(&id).await?;
        let outcome = Call::start(&self.desk, id, letter, limit).outcome(answer);
        timeout(limit, outcome).await.unwrap_or(Err(Failure::TimedOut(limit)))
    }
    // ANCHOR_END: call

    /// Waits, no longer than `limit`, until what was cancelled is cancelled at the engine, too.
    pub async fn close(&self, limit: Duration) {
        self.desk.close(limit).await;
    }
}
