//! The instrument of lesson 01: the longest time for which the event loop did not run.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

/// The heart beats this often when the loop is free.
const PERIOD: Duration = Duration::from_millis(10);

/// Beats inside the event loop and keeps the longest gap; you build it in lesson 01.
pub struct Heartbeat {
    /// Shared with the beating task.
    pulse: Arc<Mutex<Pulse>>,
    /// Aborted on drop, so that no task outlives the instrument; `None` where the client's own loop beats.
    task: Option<JoinHandle<()>>,
}

/// The last beat, and the longest gap before it.
struct Pulse {
    /// When the loop ran last.
    last: Instant,
    /// The longest time between two beats.
    longest: Duration,
}

impl Heartbeat {
    /// Starts beating on the current runtime.
    ///
    /// # Panics
    /// Outside a Tokio runtime with timers.
    pub fn start() -> Heartbeat {
        let (mut heartbeat, beating) = Heartbeat::on(tokio::time::sleep);
        heartbeat.task = Some(tokio::spawn(beating));
        heartbeat
    }

    /// For an event loop of your own: the instrument, and the future for that loop to poll, which never ends.
    ///
    /// `sleep` is the loop's own, so that the beats tell of that loop and of no other.
    pub fn on<S: Future<Output = ()>>(
        sleep: impl Fn(Duration) -> S,
    ) -> (Heartbeat, impl Future<Output = ()>) {
        let pulse = Arc::new(Mutex::new(Pulse { last: Instant::now(), longest: Duration::ZERO }));
        (Heartbeat { pulse: pulse.clone(), task: None }, beat(pulse, sleep))
    }

    /// The longest freeze until now, one that still lasts included.
    pub fn longest_freeze(&self) -> Duration {
        let pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.longest.max(pulse.last.elapsed()).saturating_sub(PERIOD)
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn beat<S: Future<Output = ()>>(pulse: Arc<Mutex<Pulse>>, sleep: impl Fn(Duration) -> S) {
    loop {
        sleep(PERIOD).await;
        let mut pulse = pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.longest = pulse.longest.max(pulse.last.elapsed());
        pulse.last = Instant::now();
    }
}
