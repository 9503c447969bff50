//! A request, from its call to its one answer.

use tokio::sync::oneshot;

use crate::{
    frame::Frame,
    message::{Answer, Failure},
};

/// What comes of a request.
pub type Outcome = Result<Answer, Failure>;

/// A request that somebody waits for.
pub struct Ticket {
    /// Its number, which the reply repeats.
    pub id: u64,
    /// What the job is called, on the timeline.
    pub name: &'static str,
    /// What is written to a worker.
    pub frame: Frame,
    /// Takes the one answer; closed as soon as nobody waits for it.
    pub caller: oneshot::Sender<Outcome>,
}
