//! Busy cores: child processes that compute nothing, for runs under load.

use std::io::Read;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result};

/// One busy process for each core, until it is dropped.
#[derive(Debug)]
pub struct Load {
    /// The processes; each ends when its stdin does, even if we are killed.
    children: Vec<Child>,
}

impl Load {
    /// Makes every core busy.
    pub fn start() -> Result<Self> {
        let program = std::env::current_exe().context("the path of this program is unknown")?;
        let cores = thread::available_parallelism().map_or(2, usize::from);
        checks::let_children_hear().context("signals cannot be handled here")?;
        let spin = |_| Command::new(&program).arg("spin").stdin(Stdio::piped()).spawn();
        let children = (0..cores).map(spin).collect::<Result<_, _>>();
        Ok(Self { children: children.context("a busy process does not start")? })
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Keeps one core busy until stdin ends.
pub fn spin() -> Result<ExitCode> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let busy = || {
        loop {
            COUNT.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::Builder::new().name("spin".to_owned()).spawn(busy).context("no thread can be started")?;
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    Ok(ExitCode::SUCCESS)
}
