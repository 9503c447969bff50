//! The table of the page "Cancellation safety", row by row.

mod keep;
mod lose;

use checks::{patience, within};
use tokio::{runtime::Builder, select};

/// Runs a row on one thread, no longer than a check waits.
#[track_caller]
fn row<F: Future<Output = ()>>(body: impl FnOnce() -> F + Send + 'static) {
    let run = move || Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(body());
    within(patience(), "the row ends", run).unwrap_or_else(|missed| panic!("{missed}"));
}

/// Polls a future once against an arm that is ready: `None` where the future lost, and was dropped.
async fn beaten<F: Future>(future: F) -> Option<F::Output> {
    select! {
        biased;
        output = future => Some(output),
        () = async {} => None,
    }
}
