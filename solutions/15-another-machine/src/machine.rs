//! A machine: it takes one job at a time, and has a process pool of lesson 13 do it.
//!
//! ```text
//!   stream of jobs ──one──▶ machine ──▶ worker process
//!                  ◀─in progress─┤
//!   stream of answers ◀──answer──┤
//!   stream of jobs ◀──confirmed──┘
//! ```

use std::{io, process, time::Duration};

use async_nats::{
    Subscriber,
    jetstream::{AckKind, Message},
};
use futures_util::StreamExt;
use parts::process::{Failure, ProcessPool};
use practice::{complain, println};
use tokio::{select, time::sleep};

use crate::{
    hand_in::hand_in,
    id::{ANSWERS, BEGUN, CANCELLED, Id},
    line::Line,
    message::{Outcome, other_version, read_request, reply},
    settings::Settings,
    streams::Streams,
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
    /// The job that it has.
    at: Option<Message>,
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
        let pool = ProcessPool::new(settings.worker());
        Ok(Machine { line, streams, settings, pool, cancelled, at: None })
    }

    /// Does one job after the other, until `stop` is ready; then it hands back the one that it has.
    pub async fn work(mut self, stop: impl Future<Output = ()>) {
        select! { () = self.serve_all() => {}, () = stop => {} }
        if let Some(message) = self.at {
            let _ = message.ack_with(AckKind::Nak(None)).await;
            let _ = self.line.client.flush().await;
        }
    }

    // ANCHOR: serve
    async fn serve_all(&mut self) {
        loop {
            // They end when the engine has lost the consumer: then it is made again.
            if let Ok(mut jobs) = self.streams.for_machine(&self.settings).await {
                while let Some(Ok(message)) = jobs.next().await {
                    self.at = Some(message.clone());
                    self.serve(message).await;
                    self.at = None;
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Has a job done, hands its answer in, and confirms the job then.
    async fn serve(&mut self, message: Message) {
        let id = Id::of(&message.subject);
        if let Some(outcome) = self.outcome(&id, &message).await {
            let letter = reply(outcome, self.line.most());
            if let Err(failure) = hand_in(&self.line, ANSWERS, &id, letter, &self.settings).await {
                complain(&io::Error::other(format!("the answer to {id} is not taken: {failure}")));
                let _ = message.ack_with(AckKind::Nak(Some(self.settings.silence))).await;
                return;
            }
        }
        let _ = message.ack().await;
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
