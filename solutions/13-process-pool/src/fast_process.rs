//! One worker process of the fast stage: many requests on their way in, and many replies on their way out.

use std::{io, path::Path, sync::Arc, time::Duration};

use tokio::{io::AsyncWriteExt, select, time::timeout};

use crate::{
    fast_decoder::Decoder,
    fast_line::{self, Lines},
    fast_outbox::Outbox,
    fast_worker::FAST,
    group::Group,
    message::Reply,
    program,
};

/// A worker process. Dropping it kills the process, and all that it has started.
pub struct WorkerProcess {
    /// The lines to it.
    pub lines: Lines,
    /// What has come from it.
    pub decoder: Decoder,
    /// Requests that are being written.
    pub outbox: Outbox,
    /// The process itself.
    pub group: Arc<Group>,
}

impl WorkerProcess {
    /// Starts `program`, which is yet to say that it is a worker.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(program: &Path) -> io::Result<WorkerProcess> {
        let mut command = program::command(program);
        command.arg(FAST);
        let (group, lines) = fast_line::start(command)?;
        let (decoder, outbox) = Default::default();
        Ok(WorkerProcess { lines, decoder, outbox, group: Arc::new(group) })
    }

    /// Awaits that it says that it is a worker, within `limit`.
    ///
    /// # Errors
    /// When it says something else, or nothing; then it is buried.
    pub async fn ready(mut self, limit: Duration) -> io::Result<WorkerProcess> {
        let instead = match timeout(limit, self.first_reply()).await {
            Ok(Ok(Reply { id: 0, .. })) => return Ok(self),
            Ok(Ok(Reply { id, .. })) => Some(format!("it answered request {id} instead of 0")),
            Ok(Err(instead)) => instead,
            Err(_) => Some(format!("it said nothing for {} s", limit.as_secs_f64())),
        };
        let status = self.end().await;
        Err(io::Error::other(self.cause(status, instead).await))
    }

    async fn first_reply(&mut self) -> Result<Reply, Option<String>> {
        loop {
            if let Some(reply) = self.next()? {
                return Ok(reply);
            }
            self.passes().await?;
        }
    }

    /// Awaits that something comes, or that all is written and that matters. Cancelling it loses nothing.
    ///
    /// # Errors
    /// At the end, with what came instead of replies, if anything did.
    pub async fn passes(&mut self) -> Result<(), Option<String>> {
        loop {
            let left = self.outbox.left();
            select! {
                // First: a worker that waits for its reply to be taken takes no request.
                biased;
                came = self.decoder.came(&mut self.lines.replies) => return came,
                sent = self.lines.requests.write_vectored(&left), if !self.outbox.is_empty() => {
                    self.outbox.wrote(sent.map_err(|_| None)?);
                    if self.outbox.is_empty() && (self.outbox.more || self.outbox.passed.is_some()) {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// The replies that are whole.
    ///
    /// # Errors
    /// When something else came behind them.
    pub fn collect(&mut self, replies: &mut Vec<Reply>) -> Result<(), Option<String>> {
        while let Some(reply) = self.next()? {
            replies.push(reply);
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Reply>, Option<String>> {
        self.decoder.message().map_err(|error| Some(error.to_string()))
    }
}
