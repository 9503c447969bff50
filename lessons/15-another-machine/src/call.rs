//! A call: from its hand-in to its answer, or to the word that nobody waits any more.

use std::{future::pending, sync::Arc, time::Duration};

use parts::process::Failure;
use tokio::{select, sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    desk::Desk,
    hand_in::hand_in,
    id::{Id, JOBS},
    message::{Letter, Outcome},
};

/// A job that is handed in. Dropping it cancels the job, unless somebody can ask for it again.
pub struct Call {
    /// Shared with other calls.
    desk: Arc<Desk>,
    /// The job's name.
    id: Id,
    /// How long it is worth to try.
    limit: Duration,
    /// Ends when the engine has the job, or will not have it; `None` when it has ended.
    handed_in: Option<JoinHandle<Result<(), Failure>>>,
    /// Whether there is nothing to cancel any more.
    is_over: bool,
}

impl Call {
    /// Hands a job in, on a task of its own: so whoever cancels knows whether the engine has it.
    pub fn start(desk: &Arc<Desk>, id: Id, letter: Letter, limit: Duration) -> Call {
        let (shared, name) = (desk.clone(), id.clone());
        let handed_in = desk.runtime.spawn(async move {
            let hand_in = hand_in(&shared.line, JOBS, &name, letter, &shared.settings);
            timeout(limit, hand_in).await.unwrap_or(Err(Failure::TimedOut(limit)))
        });
        Call { desk: desk.clone(), id, limit, handed_in: Some(handed_in), is_over: false }
    }

    /// Awaits what comes of it.
    pub async fn outcome(mut self, mut answer: oneshot::Receiver<Outcome>) -> Outcome {
        let outcome = select! {
            // It may be answered before the engine has confirmed it.
            biased;
            outcome = &mut answer => outcome,
            failure = self.is_refused() => Ok(Err(failure)),
        };
        self.is_over = true;
        outcome.unwrap_or(Err(Failure::Closed))
    }

    /// Waits until the engine will not have the job; for ever, when it has it.
    async fn is_refused(&mut self) -> Failure {
        if let Some(handed_in) = &mut self.handed_in {
            let refused = handed_in.await;
            self.handed_in = None;
            if let Ok(Err(failure)) = refused {
                return failure;
            }
        }
        pending().await
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.desk.answers.forget(&self.id);
        if !self.is_over && !self.id.is_named() {
            self.desk.cancel(self.id.clone(), self.handed_in.take(), self.limit);
        }
    }
}
