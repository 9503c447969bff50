//! One fault after the other, chosen by a seed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use solution_13::{Failure, Job};
use tokio::{task::JoinSet, time::sleep};

use crate::{stage::Stage, system, worker::FAULTS};

/// The signals that are sent to a random worker.
const SIGNALS: [&str; 4] = ["KILL", "SEGV", "ABRT", "STOP"];

/// Numbers that look random, and are the same for the same seed.
pub struct Seed(pub u64);

impl Seed {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// What goes wrong.
pub struct Chaos<P> {
    /// Whose workers suffer.
    pool: Arc<P>,
    /// Chooses.
    seed: Seed,
    /// How many faults there are to be.
    pub faults: u64,
    /// Requests that do harm, on their way.
    requests: JoinSet<()>,
    /// How often each came.
    causes: BTreeMap<&'static str, u64>,
}

impl<P: Stage> Chaos<P> {
    /// Nothing yet.
    pub fn new(pool: Arc<P>, seed: Seed, faults: u64) -> Chaos<P> {
        Chaos { pool, seed, faults, requests: JoinSet::new(), causes: BTreeMap::new() }
    }

    /// Lets one thing go wrong: a signal for a random worker, or a request that harms whoever gets it.
    pub async fn strike(&mut self) {
        let choice = self.seed.below(SIGNALS.len() + FAULTS.len());
        let name = match SIGNALS.get(choice) {
            Some(name) => self.signal(name).await,
            None => {
                let fault = FAULTS[choice - SIGNALS.len()];
                self.requests.spawn(request(self.pool.clone(), fault));
                fault
            }
        };
        *self.causes.entry(name).or_default() += 1;
    }

    async fn signal(&mut self, name: &'static str) -> &'static str {
        let mut workers = self.pool.stats().workers;
        while workers.is_empty() {
            // All of them were struck: the next one starts with the next job.
            let _ = self.pool.call_within(Job::Pid, Duration::from_secs(1)).await;
            workers = self.pool.stats().workers;
        }
        let worker = workers[self.seed.below(workers.len())];
        let signal: Signal = format!("SIG{name}").parse().expect("a signal");
        // It may be dead already.
        let strike = || kill(Pid::from_raw(worker as i32), signal).unwrap_or_default();
        strike();
        // One that is stopped hears of no signal but SIGKILL: its next request finds it out.
        while name == "SEGV" && system::state(worker).is_some_and(|state| !"ZT".contains(state)) {
            sleep(Duration::from_millis(1)).await;
            strike();
        }
        name
    }

    /// Waits for the requests that did harm.
    pub async fn end(&mut self) {
        while let Some(request) = self.requests.join_next().await {
            request.expect("a request that fails with its cause");
        }
    }

    /// How many workers were stopped: what was sent to them is found out by its time alone.
    pub fn stopped(&self) -> u64 {
        ["STOP", "stop"].iter().filter_map(|name| self.causes.get(name)).sum()
    }

    /// How often each fault came, in words.
    pub fn causes(&self) -> String {
        self.causes.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    }
}

/// A request that does harm fails with the cause that belongs to it.
async fn request(pool: Arc<impl Stage>, fault: &'static str) {
    let outcome = pool.call_within(Job::Upper(fault.to_owned()), Duration::from_secs(1)).await;
    let mark = match fault {
        "abort" => "SIGABRT",
        "exit in mid-frame" => "inside of a frame (exit status: 7)",
        "print" => "1751477356 bytes",
        "answer another" => "it answered request",
        _ => "SIGKILL",
    };
    let right = match &outcome {
        // A signal of an earlier strike may have come first.
        Err(Failure::Died(why)) => fault != "stop" && why.contains(mark) || is_cause(why),
        Err(Failure::TimedOut(_)) => true,
        _ => false,
    };
    assert!(right, "`{fault}` came back as {outcome:?}");
}

/// Whether a text names what ended a worker.
pub fn is_cause(text: &str) -> bool {
    ["SIGKILL", "SIGSEGV", "SIGABRT"].iter().any(|name| text.contains(name))
}
