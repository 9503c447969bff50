//! A machine: it takes one job at a time, and has a process pool of lesson 13 do it.
//!
//! ```text
//!   stream of jobs ──one──▶ machine ──▶ worker process
//!                  ◀─in progress─┤
//!   stream of answers ◀──answer──┤   and while the engine takes that,
//!   stream of jobs ◀──confirmed──┘   the next job comes
//! ```

use std::{io, process, time::Duration};

use async_nats::{
    Subscriber,
    jetstream::{AckKind, Message},
};
use parts::process::{Failure, ProcessPool};
use practice::println;
use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::{
    answering::Answering,
    id::{BEGUN, CANCELLED, Id},
    line::Line,
    message::{Outcome, other_version, read_request},
    settings::Settings,
    streams::{Streams, one_job},
    wanted::{hears_of, is_gone},
};

/// The pause before another try to reach the engine.
const PAUSE: Duration = Duration::from_millis(100);

/// A program that does jobs for others, on whichever machine it runs.
pub struct Machine {
    /// The line to the server.
    line: Line,
    /// What the engine keeps.
    streams: Streams,
    /// What the machine was told.
    settings: Settings,
    /// Does the jobs: one may crash, or be killed.
    pool: ProcessPool,
    /// Tells which jobs nobody waits for any more.
    cancelled: Subscriber,
    /// The job that it does.
    at: Option<Message>,
    /// Takes its answers.
    answering: Answering,
}

impl Machine {
    /// Connects to the server at `url`, from inside of a runtime.
    ///
    /// # Errors
    /// When no server is there, it keeps no streams, or those of another version of this course.
    pub async fn connect(url: &str, settings: Settings) -> io::Result<Machine> {
        let line = Line::to(url, "machine").await?;
        let streams = Streams::join(&line, &settings).await?;
        let cancelled = line.client.subscribe(format!("{CANCELLED}.>")).await.map_err(io::Error::other)?;
        let (pool, answering) = (ProcessPool::new(settings.worker()), Answering::new(&line, &settings));
        Ok(Machine { line, streams, settings, pool, cancelled, at: None, answering })
    }

    /// Does one job after the other, until `stop` is ready; then it hands back the one that it has.
    pub async fn work(mut self, stop: impl Future<Output = ()>) {
        select! { () = self.serve_all() => {}, () = stop => {} }
        if let Some(message) = self.at.take() {
            let _ = message.ack_with(AckKind::Nak(None)).await;
        }
        // Where the engine does not confirm the last answer, another machine gives it once more.
        let _ = timeout(self.settings.silence, self.answering.ended()).await;
        let _ = timeout(self.settings.silence, self.line.client.flush()).await;
    }

    // ANCHOR: serve
    async fn serve_all(&mut self) {
        loop {
            // They end when the engine has lost the consumer: then it is made again.
            if let Ok(jobs) = self.streams.for_machine(&self.settings).await {
                while let Ok(job) = one_job(&jobs).await {
                    self.at = job.clone();
                    if let Some(message) = job {
                        self.serve(message).await;
                    }
                    self.at = None;
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Has a job done, and hands its answer in while the next one comes.
    async fn serve(&mut self, message: Message) {
        let id = Id::of(&message.subject);
        let outcome = self.outcome(&id, &message).await;
        self.answering.hand_in(message, outcome).await;
    }
    // ANCHOR_END: serve

    /// What comes of a job; `None` when nobody waits for it any more.
    async fn outcome(&mut self, id: &Id, message: &Message) -> Option<Outcome> {
        let before = message.info().map_or(0, |info| info.delivered - 1);
        if before >= self.settings.deliveries {
            return Some(Err(Failure::Died(format!("{before} machines fell silent over it"))));
        }
        let Some((job, limit)) = read_request(message) else { return Some(Err(other_version())) };
        if self.settings.tells {
            println!("takes {}", job.name());
        }
        let _ = self.line.client.publish(id.below(BEGUN), process::id().to_string().into()).await;
        select! {
            outcome = self.pool.call_within(job, limit) => Some(outcome),
            () = hears_of(id, &mut self.cancelled) => None,
            () = is_gone(message, &self.streams.jobs, self.settings.silence) => None,
        }
    }
}
