//! To be the run queue: who was woken, in order, and each of them once.

use std::{sync::Arc, task::Wake};

/// What a waker is made of: this one wakes nobody.
pub(crate) struct Ticket;

impl Wake for Ticket {
    fn wake(self: Arc<Self>) {}
}
