//! What is left when a worker of the fast stage has died: the one request that it had begun, and others.

use std::{mem, sync::Arc};

use crate::{
    fast_desk::Desk,
    fast_place::Place,
    fast_process::WorkerProcess,
    fast_sent::Sent,
    fast_ticket::Ticket,
    message::{Answer, Failure, Reply},
};

/// The requests of a dead worker, until they are settled. Dropping it leaves them without an outcome.
struct Burial {
    /// Where they go back to.
    desk: Arc<Desk>,
    /// The requests.
    sent: Sent<Ticket>,
    /// How many of them somebody waits for, and are not settled yet.
    unsettled: usize,
}

impl Place {
    // ANCHOR: bury
    /// Ends a worker: the request that it had begun is told why, and the others go back to the desk.
    pub fn bury(&self, mut worker: WorkerProcess, instead: Option<String>) {
        let mut burial = self.vacate();
        // On a task of its own: the place is free for another worker now.
        tokio::spawn(async move {
            let status = worker.end().await;
            // What it said before its end still counts: it may have ended what was to be killed, and begun another.
            let mut replies = Vec::new();
            let broken = worker.last_replies(&mut replies).await;
            let unread = worker.lines.unread() + worker.outbox.unwritten() as u64;
            if let Some(begun) = burial.share_out(replies, unread) {
                let cause = worker.cause(status, instead.or(broken)).await;
                burial.answer(begun, cause);
            }
        });
    }
    // ANCHOR_END: bury

    /// The worker is about to end, and its requests are nobody's.
    fn vacate(&self) -> Burial {
        self.desk.change(|state| {
            let sent = mem::take(&mut state.posts[self.number]).sent;
            let unsettled = sent.all().filter(|ticket| !ticket.caller.is_closed()).count();
            state.burials += 1;
            state.unsettled += unsettled;
            Burial { desk: Arc::clone(&self.desk), sent, unsettled }
        })
    }
}

impl Burial {
    /// Settles the last replies, gives back what had not begun, and keeps what had.
    fn share_out(&mut self, replies: Vec<Reply>, unread: u64) -> Option<Ticket> {
        let (mut told, mut back) = (Vec::new(), Vec::new());
        for Reply { id, result } in replies {
            match result {
                Ok(Answer::Number(given)) if id == 0 => back.extend(self.sent.given_back(given as u64)),
                result => told.extend(self.sent.answered(id).map(|ticket| (ticket.caller, result))),
            }
        }
        let (begun, others) = mem::take(&mut self.sent).died(unread);
        back.extend(others);
        back.retain(|ticket| !ticket.caller.is_closed());
        let is_awaited = begun.as_ref().is_some_and(|ticket| !ticket.caller.is_closed());
        let settled = self.unsettled - usize::from(is_awaited);
        self.unsettled -= settled;
        let left = self.desk.change(|state| {
            state.unsettled -= settled;
            state.answered += told.iter().filter(|(caller, _)| !caller.is_closed()).count() as u64;
            back.into_iter().for_each(|ticket| state.line_up(ticket));
            state.abandoned()
        });
        drop(left);
        told.into_iter().for_each(|(caller, result)| drop(caller.send(result)));
        begun
    }

    /// Gives the request that had begun its one answer.
    fn answer(&mut self, begun: Ticket, cause: String) {
        let unsettled = mem::take(&mut self.unsettled);
        self.desk.change(|state| {
            state.unsettled -= unsettled;
            state.answered += u64::from(!begun.caller.is_closed());
        });
        let _ = begun.caller.send(Err(Failure::Died(cause)));
    }
}

impl Drop for Burial {
    fn drop(&mut self) {
        self.desk.change(|state| {
            state.burials -= 1;
            state.unsettled -= self.unsettled;
        });
    }
}
