//! What the checks share: a runtime with one slot, and parts that wait at a gate.

use std::sync::mpsc;

use checks::{Missed, patience, within};
use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::{JoinHandle, spawn_blocking},
};

pub const IDEA: &str = "06-cancellation.md#the-idea";
pub const TOKEN: &str = "06-cancellation.md#task-1-tell-the-job";

/// A runtime with one slot for what blocks; a job that does not end is abandoned with it, when a check fails too.
struct OneSlot(Option<Runtime>);

impl Drop for OneSlot {
    fn drop(&mut self) {
        self.0.take().expect("a runtime").shutdown_background();
    }
}

/// Runs `work` on a runtime whose blocking pool has one thread.
pub fn on_one_slot<T: Send + 'static>(work: impl AsyncFnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    within(patience(), "the check is done with its jobs and prompts", move || {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(1).build();
        let slot = OneSlot(Some(runtime.expect("a runtime")));
        slot.0.as_ref().expect("a runtime").block_on(work())
    })
}

/// A part that says that it began and then waits at the gate: a message lets one on, dropping the gate all.
pub fn gated() -> (impl FnMut(usize) + Send + 'static, UnboundedReceiver<usize>, mpsc::Sender<()>) {
    let (began, parts) = unbounded_channel();
    let (gate, closed) = mpsc::channel();
    let part = move |number| {
        let _ = began.send(number);
        let _ = closed.recv();
    };
    (part, parts, gate)
}

/// Waits until the job is gone, and says how many parts began that nobody has seen.
pub async fn rest(parts: &mut UnboundedReceiver<usize>) -> usize {
    let mut begun = 0;
    while parts.recv().await.is_some() {
        begun += 1;
    }
    begun
}

/// Fills the one slot, until the gate is dropped.
pub async fn occupied_slot() -> (JoinHandle<()>, mpsc::Sender<()>) {
    let (mut part, mut parts, gate) = gated();
    let ahead = spawn_blocking(move || part(0));
    parts.recv().await;
    (ahead, gate)
}
