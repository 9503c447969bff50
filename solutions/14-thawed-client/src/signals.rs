//! What the system asks of a process, other than Ctrl-C.

use std::future::pending;

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// Awaits that the system asks this process to end, as `kill` does; pending where systems do not ask.
pub async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut asked) = signal(SignalKind::terminate()) {
        asked.recv().await;
        return;
    }
    pending().await
}
