//! What the calls of one caller share, and the cancels that outlive them.

use std::{
    io, mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use parts::process::Failure;
use tokio::{
    runtime::Handle,
    task::{AbortHandle, JoinHandle, JoinSet},
    time::timeout,
};

use crate::{
    answers::Answers,
    id::{Id, word},
    line::Line,
    settings::Settings,
    streams::Streams,
};

/// What the calls of one caller share.
pub struct Desk {
    /// The line to the server.
    pub line: Line,
    /// What the engine keeps.
    pub streams: Streams,
    /// What the caller was told.
    pub settings: Settings,
    /// Its name.
    pub caller: String,
    /// Who waits.
    pub answers: Arc<Answers>,
    /// Delivers answers to them.
    listening: AbortHandle,
    /// Where cancels run: whoever drops a call may be anywhere.
    pub runtime: Handle,
    /// Those that run.
    cancels: Mutex<JoinSet<()>>,
}

impl Desk {
    /// Opens one, from inside of a runtime, with which it ends.
    ///
    /// # Errors
    /// When the server keeps no streams, or others, or the caller's name is no word.
    pub async fn open(line: Line, settings: Settings) -> io::Result<Arc<Desk>> {
        let caller = settings.caller.clone().unwrap_or_else(|| line.unique());
        word(&caller)?;
        let streams = Streams::open(&line, &settings).await?;
        let (answers, runtime) = (Arc::new(Answers::default()), Handle::current());
        let listen = answers.clone().listen(line.clone(), caller.clone());
        let listening = runtime.spawn(listen).abort_handle();
        let cancels = Mutex::default();
        Ok(Arc::new(Desk { line, streams, settings, caller, answers, listening, runtime, cancels }))
    }

    /// Cancels a job, whether or not a machine has it. So far nobody hears of it.
    pub fn cancel(
        self: &Arc<Self>,
        _id: Id,
        handed_in: Option<JoinHandle<Result<(), Failure>>>,
        limit: Duration,
    ) {
        let cancel = async move {
            // What is on its way cannot be taken out.
            if let Some(handed_in) = handed_in {
                let _ = handed_in.await;
            }
        };
        let mut cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        while cancels.try_join_next().is_some() {}
        cancels.spawn_on(async move { drop(timeout(limit, cancel).await) }, &self.runtime);
    }

    /// Waits for the cancels that run, no longer than `limit`.
    pub async fn close(&self, limit: Duration) {
        let cancels = mem::take(&mut *self.cancels.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = timeout(limit, cancels.join_all()).await;
        let _ = timeout(limit, self.line.client.flush()).await;
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
