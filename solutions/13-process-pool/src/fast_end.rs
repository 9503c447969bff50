//! How a worker process of the fast stage ends, and what is known of that.

use std::time::Duration;

use tokio::time::timeout;

use crate::{fast_process::WorkerProcess, message::Reply};

/// How long the end of what a dead process said is awaited.
const PATIENCE: Duration = Duration::from_millis(100);

impl WorkerProcess {
    /// What it said before its end, and what is wrong with that; something that it has started may hold the line open.
    pub async fn last_replies(&mut self, replies: &mut Vec<Reply>) -> Option<String> {
        let to_the_end = async {
            loop {
                self.collect(replies)?;
                self.decoder.came(&mut self.lines.replies).await?;
            }
        };
        let ended: Result<Result<(), Option<String>>, _> = timeout(PATIENCE, to_the_end).await;
        ended.ok()?.err()?
    }

    /// Kills the process, and awaits how it ended.
    pub async fn end(&self) -> String {
        match self.group.kill().await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "its status is lost".to_owned(),
        }
    }

    /// Says what is known of its end: `instead` of replies, its status, its last words.
    pub async fn cause(&mut self, status: String, instead: Option<String>) -> String {
        let cause = instead.map_or(status.clone(), |instead| format!("{instead} ({status})"));
        match self.lines.said.heard().await {
            nothing if nothing.is_empty() => cause,
            said => format!("{cause}, saying: {said}"),
        }
    }
}
