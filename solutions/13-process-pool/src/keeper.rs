//! A keeper: one place of the pool. It hires a worker when there is work, and another when that one is dead.
//!
//! ```text
//!   desk ──next──▶ keeper ──frame──▶ worker
//!                    │  ◀──reply───    │
//!   caller ◀─answer──┘                 ▼
//!   its answer, or the cause ◀── killed, waited for
//! ```

use std::{collections::VecDeque, future::pending, io, mem, sync::Arc, time::Duration};

use practice::trace;
use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::{
    desk::{Desk, Ticket},
    message::{Failure, Reply},
    pool::Settings,
    process::WorkerProcess,
    program,
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
            let program = self.settings.program.clone().map_or_else(program::this_program, Ok)?;
            match WorkerProcess::start(&program).await {
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
        self.desk.hired(worker.id);
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
                ticket = self.desk.next(), if sent.0.is_empty() => match ticket {
                    Some(ticket) => self.send(ticket, &mut worker, &mut sent),
                    None => break None,
                },
            }
        };
        let cause = worker.bury(instead).await;
        self.desk.buried(worker.id);
        while let Ok(Ok(Some(reply))) = timeout(LATE, worker.replies.next()).await {
            let _ = self.settle(reply, &mut sent);
        }
        // Of what was sent the oldest may have begun; the others have not, and another worker may do them.
        if let Some((ticket, _)) = sent.0.pop_front() {
            self.desk.answer(ticket, Err(Failure::Died(cause)));
        }
        self.desk.put_back(sent.0.into_iter().map(|(ticket, _)| ticket));
    }
    // ANCHOR_END: serve

    /// Sends a request, and with it this keeper's share of those that wait, as far as a batch goes.
    fn send(&self, first: Ticket, worker: &mut WorkerProcess, sent: &mut Sent) {
        let Settings { batch, workers, .. } = *self.settings;
        let share = if batch > 1 { self.desk.waiting().div_ceil(workers).min(batch - 1) } else { 0 };
        let more = (0..share).map_while(|_| self.desk.take());
        for mut ticket in [first].into_iter().chain(more) {
            // In a batch it may have to be sent again, to another worker.
            let frame = if batch > 1 { ticket.frame.clone() } else { mem::take(&mut ticket.frame) };
            worker.requests.push(frame);
            let span = trace::request(worker.id, ticket.name);
            sent.0.push_back((ticket, span));
        }
    }

    /// Hands a reply to the caller of the oldest request.
    ///
    /// # Errors
    /// When the reply is to another one: then no reply of this worker can be trusted.
    fn settle(&self, reply: Reply, sent: &mut Sent) -> Result<(), String> {
        match sent.0.pop_front() {
            Some((ticket, _)) if ticket.id == reply.id => {
                self.desk.answer(ticket, reply.result);
                Ok(())
            }
            other => {
                other.into_iter().for_each(|begun| sent.0.push_front(begun));
                Err("it answers what nobody asked".to_owned())
            }
        }
    }
}

/// The requests that a worker has, oldest first: the first one may have begun, the others have not.
#[derive(Default)]
struct Sent(VecDeque<(Ticket, trace::Request)>);

impl Sent {
    /// Awaits that nobody waits for the oldest any more.
    async fn abandoned(&mut self) {
        match self.0.front_mut() {
            Some((ticket, _)) => ticket.caller.closed().await,
            None => pending().await,
        }
    }
}
