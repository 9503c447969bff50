//! The instrument of lesson 01: the longest time for which the event loop did not run.

use std::{
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
    /// Aborted on drop, so that no task outlives the instrument.
    task: JoinHandle<()>,
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
        let pulse = Arc::new(Mutex::new(Pulse { last: Instant::now(), longest: Duration::ZERO }));
        let task = tokio::spawn(beat(pulse.clone()));
        Heartbeat { pulse, task }
    }

    /// The longest freeze until now, one that still lasts included.
    pub fn longest_freeze(&self) -> Duration {
        let pulse = self.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.longest.max(pulse.last.elapsed()).saturating_sub(PERIOD)
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn beat(pulse: Arc<Mutex<Pulse>>) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let mut pulse = pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.longest = pulse.longest.max(pulse.last.elapsed());
        pulse.last = Instant::now();
    }
}
