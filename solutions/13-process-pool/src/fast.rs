//! The second stage: the same promises, and a fraction of the time for each request.
//!
//! ```text
//!   first stage                            second stage
//!   one request at a time to a worker      many are sent ahead, in one write     fast_outbox.rs
//!   one look at the desk for each          one for all that came                 fast_turn.rs
//!   it has one: so it is the one           it says which one has begun           fast_claims.rs
//!   a kill for what is given up            taken back, if it has not begun       fast_recall.rs
//!   a start after each death               a spare worker waits                  fast_rules.rs
//! ```

use std::{sync::Arc, time::Duration};

use tokio::{
    task::{self, AbortHandle},
    time::timeout,
};

use crate::{
    fast_call::Call,
    fast_desk::Desk,
    fast_keeper::Keeper,
    fast_place::Place,
    job::Job,
    message::{Answer, Failure},
    settings::Settings,
    stats::{ShutDown, Stats},
};

pub use crate::fast_decoder::Decoder;

/// As [`crate::ProcessPool`].
pub struct ProcessPool {
    /// Where requests wait, and are shared out.
    desk: Arc<Desk>,
    /// One for each worker that there may be; they end with the pool.
    keepers: Vec<AbortHandle>,
}

impl ProcessPool {
    /// As [`crate::ProcessPool::new`]; spare workers start now.
    pub fn new(settings: Settings) -> ProcessPool {
        let (desk, settings) = (Arc::new(Desk::new(&settings)), Arc::new(settings));
        let keeper = |number| {
            let place = Place { number, desk: Arc::clone(&desk) };
            task::spawn(Keeper { place, settings: Arc::clone(&settings) }.keep()).abort_handle()
        };
        ProcessPool { keepers: (0..desk.work.len()).map(keeper).collect(), desk }
    }

    /// As [`crate::ProcessPool::call`].
    ///
    /// Cancelling it really stops the job: what was sent ahead is taken back, and what has begun is killed.
    ///
    /// # Errors
    /// As there.
    pub async fn call(&self, job: Job) -> Result<Answer, Failure> {
        Call::new(&self.desk, job)?.await
    }

    /// As [`crate::ProcessPool::call_within`].
    ///
    /// # Errors
    /// As there.
    pub async fn call_within(&self, job: Job, limit: Duration) -> Result<Answer, Failure> {
        timeout(limit, self.call(job)).await.unwrap_or(Err(Failure::TimedOut(limit)))
    }

    /// As [`crate::ProcessPool::stats`]; what was sent ahead waits still.
    pub fn stats(&self) -> Stats {
        self.desk.stats()
    }

    /// As [`crate::ProcessPool::shutdown`].
    pub async fn shutdown(&self, limit: Duration) -> ShutDown {
        let before = self.desk.close();
        let _ = timeout(limit, self.desk.deserted()).await;
        self.end();
        self.desk.deserted().await;
        let finished = self.desk.stats().answered - before.answered;
        ShutDown { finished, killed: (before.waiting + before.running) as u64 - finished }
    }

    /// Ends the keepers when they have their next turn, and their workers now.
    fn end(&self) {
        self.keepers.iter().for_each(AbortHandle::abort);
        self.desk.kill();
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        self.end();
    }
}
