//! What a worker wrote to stderr: always read, so that it never blocks there, and its end kept.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    task::JoinSet,
    time::timeout,
};

/// How many bytes of it are kept.
const KEPT: usize = 4 << 10;

/// How long its end is awaited: something that has left the group may hold it open.
const PATIENCE: Duration = Duration::from_millis(100);

/// The end of what was written.
pub struct LastWords {
    /// The bytes that came last, at most [`KEPT`].
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// Reads; it ends with what it reads, or with this.
    reading: JoinSet<()>,
}

impl LastWords {
    /// Reads `stderr` to its end, on a task of its own.
    pub fn of(stderr: impl AsyncRead + Send + Unpin + 'static) -> LastWords {
        let (tail, mut reading) = (Arc::default(), JoinSet::new());
        reading.spawn(keep_the_end(stderr, Arc::clone(&tail)));
        LastWords { tail, reading }
    }

    /// Forgets what was said: a new job begins.
    pub fn forget(&self) {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Awaits the end, though not for long, and gives the last three lines that are no advice.
    pub async fn heard(&mut self) -> String {
        let _ = timeout(PATIENCE, self.reading.join_next()).await;
        let tail: Vec<u8> =
            self.tail.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let text = String::from_utf8_lossy(&tail);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("note: "))
            .collect();
        lines[lines.len().saturating_sub(3)..].join(" / ")
    }
}

async fn keep_the_end(mut stderr: impl AsyncRead + Unpin, tail: Arc<Mutex<VecDeque<u8>>>) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut piece).await {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&piece[..length]);
        let surplus = tail.len().saturating_sub(KEPT);
        tail.drain(..surplus);
    }
}
