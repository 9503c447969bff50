//! A keeper: one place of the pool. It hires a worker when one is wanted, and another when that one is dead.
//!
//! ```text
//!   desk ──next──▶ keeper ──frame──▶ worker
//!   caller ◀─answer──┘  ◀──reply───    │
//!   caller ◀─cause── killed, waited for ┘
//! ```

use std::{io, mem, sync::Arc, time::Duration};

use practice::trace;
use tokio::{select, time::sleep};

use crate::{message::Failure, place::Place, process::WorkerProcess, program, settings::Settings};

/// The pauses before each try to start a worker.
pub const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(20), Duration::from_millis(80)];

/// One place of a pool.
pub struct Keeper {
    /// Its side of the desk.
    pub place: Place,
    /// What the pool was told.
    pub settings: Arc<Settings>,
}

impl Keeper {
    /// Serves requests until the desk is closed and empty.
    pub async fn keep(self) {
        // A worker first, and then a request: while it starts, the request may find another, or its caller leave.
        while self.place.wanted().await {
            let worker = select! { worker = self.start() => worker, () = self.place.over() => return };
            match worker {
                Ok(worker) => self.serve(worker).await,
                Err(error) => self.place.failed(&error.to_string()),
            }
        }
    }

    /// Starts a worker, with longer and longer pauses while none starts.
    async fn start(&self) -> io::Result<WorkerProcess> {
        let mut failed = io::Error::other("it was never tried");
        for pause in PAUSES {
            sleep(pause).await;
            match self.start_once().await {
                Ok(worker) => return Ok(worker),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    async fn start_once(&self) -> io::Result<WorkerProcess> {
        let program = self.settings.program.clone().map_or_else(program::this_program, Ok)?;
        let ready = async {
            let worker = WorkerProcess::start(&program)?;
            self.place.started(&worker.group);
            worker.ready(self.settings.start).await
        };
        ready.await.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))
    }

    // ANCHOR: serve
    /// Has the worker do one request after the other, until it ends or must be ended.
    async fn serve(&self, mut worker: WorkerProcess) {
        loop {
            let next = select! { biased; () = worker.stirs() => None, next = self.place.next() => next };
            let Some(mut ticket) = next else { break };
            let frame = mem::take(&mut ticket.frame);
            let outcome = {
                let _span = trace::request(worker.id, ticket.name);
                select! {
                    biased;
                    // First: what nobody waits for is never sent.
                    () = ticket.caller.closed() => Err(Some("nobody waited any more".to_owned())),
                    outcome = worker.ask(ticket.id, frame) => outcome,
                }
            };
            match outcome {
                Ok(outcome) => self.place.answer(ticket, outcome),
                Err(instead) => {
                    let cause = self.bury(worker, instead).await;
                    return self.place.answer(ticket, Err(Failure::Died(cause)));
                }
            }
        }
        self.bury(worker, None).await;
    }
    // ANCHOR_END: serve

    /// Ends a worker, and says why it ended.
    async fn bury(&self, mut worker: WorkerProcess, instead: Option<String>) -> String {
        self.place.vacate();
        worker.bury(instead).await
    }
}
