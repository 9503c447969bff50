//! An event loop of a check's own: when it does not end, the message says whether it stands still or only waits.

use std::{io, sync::mpsc, time::Duration};

use tokio::runtime::{Handle, Runtime};

use crate::missed::{Missed, patience, within};

/// What a loop that gives no task its turn leaves as the cause.
const BLOCKED: &str =
    "something blocks the thread of the event loop: a job that runs there, a lock, or a wait without `await`";

/// Runs `work` on the runtime that `build` makes, for as long as a check may wait; jobs that still run are abandoned.
///
/// ```
/// use checks::{Explain, on_a_loop};
/// use tokio::runtime::Builder;
///
/// let build = || Builder::new_current_thread().build();
/// let seen = on_a_loop(build, "the job answers", async || tokio::task::spawn_blocking(|| 7).await.ok());
/// assert_eq!(seen, Ok(Some(7)));
/// ```
pub fn on_a_loop<T: Send + 'static>(
    build: impl FnOnce() -> io::Result<Runtime> + Send + 'static,
    what: &str,
    work: impl AsyncFnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    bounded(patience(), build, what, work)
}

fn bounded<T: Send + 'static>(
    limit: Duration,
    build: impl FnOnce() -> io::Result<Runtime> + Send + 'static,
    what: &str,
    work: impl AsyncFnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    let (tells, told) = mpsc::channel();
    let ended = within(limit, what, move || {
        let runtime = Abandoned(Some(build().expect("a runtime")));
        let runtime = runtime.0.as_ref().expect("a runtime");
        let _ = tells.send(runtime.handle().clone());
        runtime.block_on(work())
    });
    ended.map_err(|missed| match told.recv().is_ok_and(|handle| gives_turns(&handle)) {
        true => missed,
        false => missed.because(BLOCKED),
    })
}

/// Whether a task that is spawned now has its turn.
fn gives_turns(handle: &Handle) -> bool {
    let (turn, turned) = mpsc::channel();
    handle.spawn(async move { turn.send(()) });
    turned.recv_timeout(Duration::from_secs(1)).is_ok()
}

/// A runtime that ends without waiting for the jobs that still run, when a check fails too.
struct Abandoned(Option<Runtime>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, thread};

    use tokio::runtime::Builder;

    use super::*;
    use crate::Explain;

    fn said(work: impl AsyncFnOnce() + Send + 'static) -> String {
        let build = || Builder::new_current_thread().build();
        let missed = bounded(Duration::from_millis(50), build, "the answer is there", work);
        let panic = thread::spawn(|| missed.or_explain("nobody answers", "the page")).join().unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    }

    /// A loop that only waits leaves the check's own explanation; one that stands still is told as that.
    #[test]
    fn blocked_loop_is_told_from_one_that_waits() {
        assert!(said(async || pending().await).contains("likely:   nobody answers"));
        assert!(
            said(async || loop {
                thread::park()
            })
            .contains("likely:   something blocks the thread")
        );
    }
}
