//! WRONG: a program that cannot start is tried again and again, and its callers wait.
//! rejected-by: program_that_cannot_start_is_an_error
//! sentence: a call is never answered
//! instead-of: keeper.rs

use std::{io, mem, sync::Arc, time::Duration};

use practice::trace;
use tokio::{select, time::sleep};

use crate::{
    desk::Desk, message::Failure, process::WorkerProcess, program, settings::Settings, ticket::Ticket,
};

/// The pauses before each try to start a worker; after the last one its request gets the error.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(20), Duration::from_millis(80)];

/// One place of a pool.
pub struct Keeper {
    /// Where requests come from, and go back to.
    pub desk: Arc<Desk>,
    /// What the pool was told.
    pub settings: Arc<Settings>,
}

impl Keeper {
    /// Serves requests until the desk is closed and empty.
    pub async fn keep(self) {
        while let Some(ticket) = self.desk.next().await {
            match self.start().await {
                Ok(worker) => self.serve(worker, ticket).await,
                Err(error) => self.desk.answer(ticket, Err(Failure::NoWorker(error.to_string()))),
            }
        }
    }

    /// Starts a worker, with longer and longer pauses while none starts.
    async fn start(&self) -> io::Result<WorkerProcess> {
        let mut failed = io::Error::other("it was never tried");
        for pause in PAUSES.into_iter().cycle() {
            sleep(pause).await;
            self.desk.count(|stats| stats.started += 1);
            let program = self.settings.program.clone().map_or_else(program::this_program, Ok)?;
            match WorkerProcess::start(&program, self.settings.start).await {
                Ok(worker) => return Ok(worker),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Has the worker do one request after the other, until it ends or must be ended.
    async fn serve(&self, mut worker: WorkerProcess, first: Ticket) {
        self.desk.count(|stats| stats.workers.push(worker.id));
        let mut next = Some(first);
        while let Some(mut ticket) = next {
            let outcome = {
                let _span = trace::request(worker.id, ticket.name);
                select! {
                    biased;
                    outcome = worker.ask(ticket.id, mem::take(&mut ticket.frame)) => outcome,
                    () = ticket.caller.closed() => Err(Some("nobody waited any more".to_owned())),
                }
            };
            match outcome {
                Ok(outcome) => self.desk.answer(ticket, outcome),
                Err(instead) => {
                    let cause = self.bury(worker, instead).await;
                    return self.desk.answer(ticket, Err(Failure::Died(cause)));
                }
            }
            next = select! { biased; () = worker.stirs() => None, next = self.desk.next() => next };
        }
        self.bury(worker, None).await;
    }

    /// Ends a worker, and says why it ended.
    async fn bury(&self, mut worker: WorkerProcess, instead: Option<String>) -> String {
        let cause = worker.bury(instead).await;
        self.desk.count(|stats| stats.workers.retain(|hired| *hired != worker.id));
        cause
    }
}
