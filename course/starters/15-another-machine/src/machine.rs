//! A machine: it has a process pool of lesson 13 do what it hears of.
//!
//! ```text
//!   nats-server ──jobs, as they come──▶ machine ──▶ worker process
//!   caller ◀──────────answer──────────────┘
//! ```

use std::{io, process};

use async_nats::Message;
use futures_util::StreamExt;
use parts::process::ProcessPool;
use practice::println;
use tokio::select;

use crate::{
    id::{BEGUN, Id, JOBS},
    line::Line,
    message::{Outcome, other_version, read_request, reply},
    settings::Settings,
};

/// A program that does jobs for others, on whichever machine it runs.
pub struct Machine {
    /// The line to the server.
    line: Line,
    /// Does the jobs: one may crash, or be killed.
    pool: ProcessPool,
    /// Whether it prints what it takes.
    tells: bool,
}

impl Machine {
    /// Connects to the server at `url`, from inside of a runtime.
    ///
    /// # Errors
    /// When no server is there.
    pub async fn connect(url: &str, settings: Settings) -> io::Result<Machine> {
        let line = Line::to(url, "machine").await?;
        Ok(Machine { line, pool: ProcessPool::new(settings.worker()), tells: settings.tells })
    }

    /// Does one job after the other, until `stop` is ready.
    pub async fn work(mut self, stop: impl Future<Output = ()>) {
        select! { () = self.serve_all() => {}, () = stop => {} }
    }

    async fn serve_all(&mut self) {
        let jobs = self.line.client.queue_subscribe(format!("{JOBS}.>"), "machines".to_owned()).await;
        let Ok(mut jobs) = jobs else { return };
        while let Some(message) = jobs.next().await {
            self.serve(message).await;
        }
    }

    /// Has a job done, and sends its answer to whoever waits.
    async fn serve(&mut self, message: Message) {
        let id = Id::of(&message.subject);
        if let (Some(outcome), Some(caller)) = (self.outcome(&id, &message).await, &message.reply) {
            let answer = reply(outcome, self.line.most());
            let _ = self.line.client.publish(caller.clone(), answer.payload.into()).await;
        }
    }

    /// What comes of a job; `None` when nobody waits for it any more, of which nobody hears so far.
    async fn outcome(&mut self, id: &Id, message: &Message) -> Option<Outcome> {
        let Some((job, limit)) = read_request(message) else { return Some(Err(other_version())) };
        if self.tells {
            println!("takes {}", job.name());
        }
        let _ = self.line.client.publish(id.below(BEGUN), process::id().to_string().into()).await;
        Some(self.pool.call_within(job, limit).await)
    }
}
