//! Notices saves in whatever the pages are made of.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use notify::RecursiveMode;

use crate::lookout::Lookout;
use crate::saves::is_editors_own;
use crate::sources::Sources;

/// Editors save in several steps; a build waits until they are done.
const QUIET: Duration = Duration::from_millis(60);

/// Watches for as long as it is held.
pub(crate) struct Watch {
    /// Its drop ends the channel, which ends the thread.
    lookout: Option<Lookout>,
    /// Waited for at the end, so that no build goes on behind.
    builder: Option<thread::JoinHandle<()>>,
}

impl Watch {
    /// Calls `on_save` on a thread of its own after each burst of saves; with `polls` no event of the system is waited for.
    pub(crate) fn start(
        sources: &Sources,
        polls: bool,
        on_save: impl Fn() + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (saved, saves) = mpsc::channel();
        let tell = move || {
            let _ = saved.send(());
        };
        let lookout = Lookout::over(&watched(sources), polls, |path| !is_editors_own(path), tell)?;
        let builder = thread::Builder::new()
            .name("book builder".to_owned())
            .spawn(move || build_on(&saves, on_save))?;
        Ok(Self { lookout: Some(lookout), builder: Some(builder) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.lookout.take());
        if let Some(builder) = self.builder.take() {
            let _ = builder.join();
        }
    }
}

/// The folders that pages are made of, without those that a build writes to.
/// Folders rather than files: an editor may replace a file, and the watch would stay with the old one.
fn watched(sources: &Sources) -> Vec<(PathBuf, RecursiveMode)> {
    let book = sources.book();
    let deep = ["src", "theme", "traces", "transcripts", "benchmarks", "python"].map(|name| book.join(name));
    let deep = deep.into_iter().chain(
        ["lessons", "solutions", "programs", "course/starters", "course/answers"]
            .map(|name| sources.root.join(name)),
    );
    let flat = [book.clone(), sources.root.join("course")].into_iter();
    // Flat ones first: a file that is tried there gets into no build.
    let all = flat
        .map(|path| (path, RecursiveMode::NonRecursive))
        .chain(deep.map(|path| (path, RecursiveMode::Recursive)));
    all.filter(|(path, _)| path.exists()).collect()
}

fn build_on(saves: &mpsc::Receiver<()>, on_save: impl Fn()) {
    while saves.recv().is_ok() {
        loop {
            match saves.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        on_save();
    }
}
