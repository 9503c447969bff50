//! What a keeper does in one look at the desk: settles replies, takes requests, hears whom to ask and when to end.

use tokio::sync::oneshot;

use crate::{
    fast_outbox::Outbox,
    fast_state::State,
    message::{Answer, Reply},
    ticket::Outcome,
};

/// What comes of one look.
#[derive(Default)]
pub struct Turn {
    /// Outcomes, to be told after the look.
    pub told: Vec<(oneshot::Sender<Outcome>, Outcome)>,
    /// Requests to ask for, by position and number.
    pub asked: Vec<(u64, u64)>,
    /// Whether another request begins.
    pub begins: bool,
    /// Whether there is nothing to do here, while something waits behind another worker's request.
    pub may_relieve: bool,
    /// Whether the worker is to end, and what is said of it then.
    pub end: Option<Option<String>>,
}

impl State {
    /// One look, for many replies and many requests.
    pub fn turn(&mut self, number: usize, replies: &mut Vec<Reply>, outbox: &mut Outbox) -> Turn {
        let mut turn = Turn::default();
        for reply in replies.drain(..) {
            turn.end = turn.end.or(self.settle(number, reply, &mut turn.told));
        }
        self.dispatch();
        self.told.retain(|told| *told != number);
        let post = &mut self.posts[number];
        turn.begins = !turn.told.is_empty() || post.sent.begun().is_none();
        if let Some(ticket) = outbox.passed.take().and_then(|id| post.sent.get(id)) {
            ticket.rest = None;
        }
        if outbox.is_empty() {
            post.sent.write(|ticket| outbox.add(ticket.id, &ticket.head, ticket.rest.as_ref()));
        }
        outbox.more = post.sent.has_more();
        turn.asked.append(&mut post.asked);
        if post.sent.begun().is_some_and(|ticket| ticket.caller.is_closed()) {
            turn.end = turn.end.or(Some(Some("nobody waited any more".to_owned())));
        }
        let is_free = post.sent.len() == 0;
        if is_free && self.is_over() {
            turn.end = turn.end.or(Some(None));
        }
        turn.may_relieve =
            is_free && self.running() < self.workers && self.posts.iter().any(|post| post.has_row());
        turn
    }

    /// Settles one reply; what is no reply to what has begun ends the worker.
    fn settle(
        &mut self,
        number: usize,
        Reply { id, result }: Reply,
        told: &mut Vec<(oneshot::Sender<Outcome>, Outcome)>,
    ) -> Option<Option<String>> {
        let post = &mut self.posts[number];
        if let (0, Ok(Answer::Number(back))) = (id, &result) {
            if let Some(ticket) = post.sent.given_back(*back as u64) {
                if !ticket.caller.is_closed() {
                    self.line_up(ticket);
                }
                return None;
            }
        } else if let Some(ticket) = post.sent.answered(id) {
            post.is_slow = false;
            self.answered += u64::from(!ticket.caller.is_closed());
            told.push((ticket.caller, result));
            return None;
        }
        let begun = post.sent.begun().map(|ticket| ticket.id);
        Some(begun.map(|begun| format!("it answered request {id} instead of {begun}")))
    }
}
