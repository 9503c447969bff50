//! What is left when a worker of the fast stage has died: the one request that it had begun, and others.

use std::{mem, sync::Arc};

use crate::{
    fast_desk::Desk, fast_place::Place, fast_process::WorkerProcess, fast_sent::Sent, fast_ticket::Ticket,
    message::Failure,
};

/// The requests of a dead worker, until they are settled. Dropping it leaves them without an outcome.
struct Burial {
    /// Where they go back to.
    desk: Arc<Desk>,
    /// The requests.
    sent: Sent<Ticket>,
}

impl Place {
    // ANCHOR: bury
    /// Ends a worker: the request that it had begun is told why, and the others go back to the desk.
    pub fn bury(&self, mut worker: WorkerProcess, instead: Option<String>) {
        let mut burial = self.vacate();
        // On a task of its own: the place is free for another worker now.
        tokio::spawn(async move {
            let status = worker.end().await;
            let unread = worker.lines.unread() + worker.outbox.unwritten() as u64;
            if let Some(begun) = burial.share_out(unread) {
                let cause = worker.cause(status, instead).await;
                burial.answer(begun, cause);
            }
        });
    }
    // ANCHOR_END: bury

    /// The worker is about to end, and its requests are nobody's.
    fn vacate(&self) -> Burial {
        let sent = self.desk.change(|state| {
            state.burials += 1;
            mem::take(&mut state.posts[self.number]).sent
        });
        Burial { desk: Arc::clone(&self.desk), sent }
    }
}

impl Burial {
    /// Gives back what had not begun, and keeps what had.
    fn share_out(&mut self, unread: u64) -> Option<Ticket> {
        let (begun, others) = mem::take(&mut self.sent).died(unread);
        let left = self.desk.change(|state| {
            others.filter(|ticket| !ticket.caller.is_closed()).for_each(|ticket| state.line_up(ticket));
            state.abandoned()
        });
        drop(left);
        begun
    }

    /// Gives the request that had begun its one answer.
    fn answer(&self, begun: Ticket, cause: String) {
        self.desk.change(|state| state.answered += u64::from(!begun.caller.is_closed()));
        let _ = begun.caller.send(Err(Failure::Died(cause)));
    }
}

impl Drop for Burial {
    fn drop(&mut self) {
        self.desk.change(|state| state.burials -= 1);
    }
}
