//! A keeper: one place of the pool. It hires a worker when there is work, and another when that one is dead.
//!
//! ```text
//!   desk ──next──▶ keeper ──frame──▶ worker
//!   caller ◀─answer──┘  ◀──reply───    │
//!   caller ◀─cause── killed, waited for ┘
//! ```

use std::{io, iter, mem, sync::Arc, time::Duration};

use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::{
    desk::Desk,
    message::{Failure, Reply},
    process::WorkerProcess,
    program,
    settings::Settings,
    ticket::{Sent, Ticket},
};

/// The pauses before each try to start a worker; after the last one its request gets the error.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(20), Duration::from_millis(80)];

/// How long the replies of a dead worker are read: something that has left its group may hold them open.
const LATE: Duration = Duration::from_millis(100);

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
        for pause in PAUSES {
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

    // ANCHOR: serve
    /// Has the worker do requests until it ends, or must be ended.
    async fn serve(&self, mut worker: WorkerProcess, first: Ticket) {
        let mut sent = Sent::default();
        self.desk.count(|stats| stats.workers.push(worker.id));
        self.send(first, &mut worker, &mut sent);
        let instead = loop {
            select! {
                biased;
                reply = worker.replies.next() => match reply {
                    Ok(Some(reply)) => if let Err(why) = self.settle(reply, &mut sent) { break Some(why) },
                    Ok(None) => break None,
                    Err(error) => break Some(error.to_string()),
                },
                () = sent.abandoned() => break Some("nobody waited any more".to_owned()),
                () = worker.requests.write(), if !worker.requests.is_empty() => {}
                ticket = self.desk.next(), if sent.is_empty() => match ticket {
                    Some(ticket) => self.send(ticket, &mut worker, &mut sent),
                    None => break None,
                },
            }
        };
        self.bury(worker, sent, instead).await;
    }
    // ANCHOR_END: serve

    /// Ends the worker: its oldest request fails with the cause, and the others go to other workers.
    async fn bury(&self, mut worker: WorkerProcess, mut sent: Sent, instead: Option<String>) {
        let cause = worker.bury(instead).await;
        self.desk.count(|stats| stats.workers.retain(|hired| *hired != worker.id));
        while let Ok(Ok(Some(reply))) = timeout(LATE, worker.replies.next()).await {
            let _ = self.settle(reply, &mut sent);
        }
        // What it said before its end has been heard: so only the oldest may have begun.
        if let Some(ticket) = sent.pop() {
            self.desk.answer(ticket, Err(Failure::Died(cause)));
        }
        self.desk.put_back(iter::from_fn(|| sent.pop()).collect());
    }

    /// Sends a request, and with it this worker's share of those that wait, as far as a batch goes.
    fn send(&self, first: Ticket, worker: &mut WorkerProcess, sent: &mut Sent) {
        let Settings { batch, workers, .. } = *self.settings;
        let more = if batch > 1 { self.desk.share(batch - 1, workers) } else { Vec::new() };
        worker.said.forget();
        for mut ticket in iter::once(first).chain(more) {
            // In a batch it may have to be sent again, to another worker.
            let frame = if batch > 1 { ticket.frame.clone() } else { mem::take(&mut ticket.frame) };
            worker.requests.push(frame);
            sent.push(ticket, worker.id);
        }
    }

    /// Hands a reply to its caller; one out of turn is an error, and no reply of its worker can be trusted.
    fn settle(&self, reply: Reply, sent: &mut Sent) -> Result<(), String> {
        let ticket = sent.answered(reply.id).ok_or("it answered out of turn")?;
        self.desk.answer(ticket, reply.result);
        Ok(())
    }
}
