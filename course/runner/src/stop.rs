//! The flag that Ctrl-C raises, so that whoever waits for a process ends it first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// Raised once, seen by everyone who holds a copy.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Raised by this stop alone.
    own: Arc<AtomicBool>,
    /// The stop that it was made from: raising that one raises this one too.
    parent: Option<Arc<AtomicBool>>,
}

impl Stop {
    /// A stop that Ctrl-C, a hang-up or a request to terminate raises; one per process.
    pub fn on_interrupt() -> Result<Self> {
        let stop = Self::default();
        let raised = stop.clone();
        ctrlc::set_handler(move || raised.raise()).context("Ctrl-C cannot be handled here")?;
        Ok(stop)
    }

    /// A stop for one part of the work: raised alone, or together with this one.
    pub fn part(&self) -> Self {
        Self { own: Arc::default(), parent: Some(self.own.clone()) }
    }

    /// Asks everyone to end.
    pub fn raise(&self) {
        self.own.store(true, Ordering::SeqCst);
    }

    /// Whether it is time to end.
    pub fn is_raised(&self) -> bool {
        let above = |parent: &Arc<AtomicBool>| parent.load(Ordering::SeqCst);
        self.own.load(Ordering::SeqCst) || self.parent.as_ref().is_some_and(above)
    }
}
