//! error: future cannot be sent between threads safely

use std::{future::ready, sync::Mutex};

/// Asks of a future what `tokio::spawn` asks.
fn spawn(_future: impl Future<Output = u32> + Send + 'static) {}

static LAST: Mutex<u32> = Mutex::new(0);

/// The guard is gone before the await, and its scope is not.
pub fn issue_in_a_task() {
    spawn(async {
        let mut last = LAST.lock().unwrap();
        *last += 1;
        let number = *last;
        drop(last);
        ready(()).await;
        number
    });
}
