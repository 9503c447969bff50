//! The flag that Ctrl-C raises, so that whoever waits for a process ends it first.
//!
//! What we were started to ignore raises nothing: `nohup cargo course verify &` outlives its terminal.

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
        listen(&stop).context("Ctrl-C cannot be handled here")?;
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

/// Raises the stop at SIGHUP, SIGINT and SIGTERM.
#[cfg(unix)]
fn listen(stop: &Stop) -> Result<()> {
    use tokio::runtime::Builder;
    use tokio::signal::unix::{SignalKind, signal};

    // It asks which signals we were started to ignore, which nobody can tell after the next lines.
    checks::let_children_hear()?;
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let inside = runtime.enter();
    for kind in [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()] {
        if checks::ignored_signals().contains(&kind.as_raw_value()) {
            continue;
        }
        let (mut heard, raised) = (signal(kind)?, stop.clone());
        runtime.spawn(async move { heard.recv().await.map(|()| raised.raise()) });
    }
    drop(inside);
    let work = move || runtime.block_on(std::future::pending::<()>());
    std::thread::Builder::new().name("signals".to_owned()).spawn(work)?;
    Ok(())
}

/// Elsewhere a console has its own ways to ask.
#[cfg(not(unix))]
fn listen(stop: &Stop) -> Result<()> {
    let raised = stop.clone();
    Ok(ctrlc::set_handler(move || raised.raise())?)
}
