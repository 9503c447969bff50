//! A keeper of the fast stage: it has many requests on their way at once, and one look at the desk for all that came.

use std::{io, sync::Arc, time::Duration};

use tokio::{select, time::sleep};

use crate::{fast_place::Place, fast_process::WorkerProcess, keeper::PAUSES, program, settings::Settings};

/// A request that takes longer than this lets nothing wait behind it that a free worker could do.
const LONG: Duration = Duration::from_millis(1);

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
        while self.place.wanted().await {
            let worker = select! { worker = self.start() => worker, () = self.place.over() => return };
            match worker {
                Ok(mut worker) => {
                    self.place.works();
                    let instead = self.serve(&mut worker).await;
                    self.place.bury(worker, instead);
                }
                Err(error) => self.place.failed(&error.to_string()),
            }
        }
    }

    /// Starts a worker, with longer and longer pauses while none starts.
    async fn start(&self) -> io::Result<WorkerProcess> {
        let mut failed = io::Error::other("it was never tried");
        for pause in PAUSES {
            if !pause.is_zero() {
                // Even no time at all takes a timer until its next tick.
                sleep(pause).await;
            }
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
    /// Has the worker do what it is sent, until it ends or must be ended; says what came instead of replies.
    async fn serve(&self, worker: &mut WorkerProcess) -> Option<String> {
        let (mut replies, mut broken) = (Vec::new(), None);
        loop {
            let turn = self.place.turn(&mut replies, &mut worker.outbox);
            if let Some(instead) = broken.take().or(turn.end) {
                return instead;
            }
            turn.asked.iter().for_each(|(position, id)| worker.lines.ask_back(*position, *id));
            if turn.begins {
                worker.lines.said.forget();
            }
            select! {
                biased;
                passed = worker.passes() => broken = passed.and_then(|()| worker.collect(&mut replies)).err(),
                () = self.place.told() => {}
                () = async { sleep(LONG).await }, if turn.may_relieve => self.place.relieve(),
            }
        }
    }
    // ANCHOR_END: serve
}
