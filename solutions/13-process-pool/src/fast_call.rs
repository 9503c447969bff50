//! A call of the fast stage, which is awaited or given up.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::sync::oneshot;

use crate::{
    fast_desk::Desk,
    fast_state::{Doing, State},
    fast_ticket::Ticket,
    frame::Frame,
    job::Job,
    message::{Failure, Request},
    ticket::Outcome,
};

/// A request that was handed in. Dropping it before its outcome came stops its job.
pub struct Call {
    /// Where it was handed in, until its outcome has come.
    desk: Option<Arc<Desk>>,
    /// Its number.
    id: u64,
    /// Where its outcome comes.
    outcome: oneshot::Receiver<Outcome>,
}

impl Call {
    /// Hands a job in.
    ///
    /// # Errors
    /// When it is too long, or the desk does not take it.
    pub fn new(desk: &Arc<Desk>, job: Job) -> Result<Call, Failure> {
        let id = desk.number();
        let frame = Frame::of(Request { id, job }).map_err(|error| Failure::Refused(error.to_string()))?;
        let (ticket, outcome) = Ticket::new(id, frame);
        desk.change(|state| state.hand_in(ticket, desk.room))?;
        Ok(Call { desk: Some(Arc::clone(desk)), id, outcome })
    }
}

impl State {
    /// Takes a request.
    fn hand_in(&mut self, ticket: Ticket, room: usize) -> Result<(), Failure> {
        if self.closed {
            return Err(Failure::Closed);
        }
        if self.is_full(room) {
            return Err(Failure::Busy(room));
        }
        // A new request is a new reason to try, unless all depends on those that start now.
        self.failed &= self.count(Doing::Working) == 0;
        self.line_up(ticket);
        Ok(())
    }
}

impl Future for Call {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let outcome = ready!(Pin::new(&mut self.outcome).poll(context));
        self.desk = None;
        Poll::Ready(outcome.unwrap_or(Err(Failure::Closed)))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(desk) = &self.desk else { return };
        let dropped = desk.change(|state| {
            // Under the lock: a keeper that finds nobody waiting finds all else done, too.
            self.outcome.close();
            state.give_up(self.id)
        });
        drop(dropped);
    }
}
