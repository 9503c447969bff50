//! Notices saves: by the events of the system or, where none come, by looking at the files.
//!
//! None come of what another machine writes, which the editor of Windows is to WSL, and that of your desk to a container
//! or a network disk. So a file system that others write to is looked at, and any other is tried with a file of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use notify::event::{MetadataKind, ModifyKind};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use crate::saves::is_save;

/// How often files are looked at.
const PACE: Duration = Duration::from_millis(500);

/// How long the event of a file of ours may take; it takes a millisecond.
const HEARD: Duration = Duration::from_secs(2);

/// Notices saves for as long as it is held.
pub struct Lookout {
    /// Tells of them.
    _watcher: Box<dyn Watcher + Send>,
    /// Why files are looked at, although nobody asked for that.
    pub because: Option<Silence>,
}

/// Why no event is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Other machines may write to this file system.
    OtherWriters,
    /// A file of ours was written, and no event came.
    Untold,
    /// The system watches no more files.
    Refused,
}

/// A file that matters when it is saved.
pub type Counts = fn(&Path) -> bool;

impl Lookout {
    /// Calls `saved` at each step of a save below a folder.
    ///
    /// # Errors
    /// When the folder cannot be read, or no thread can be started.
    pub fn below(
        folder: &Path,
        polls: bool,
        counts: Counts,
        saved: impl Fn() + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        Self::over(&[(folder.to_path_buf(), RecursiveMode::Recursive)], polls, counts, saved)
    }

    /// Calls `saved` at each step of a save in these folders; with `polls` no event is waited for.
    ///
    /// A file of ours is tried in the first folder; where no event of it comes, that takes two seconds.
    ///
    /// # Errors
    /// When a folder cannot be read, or no thread can be started.
    pub(crate) fn over(
        folders: &[(PathBuf, RecursiveMode)],
        polls: bool,
        counts: Counts,
        saved: impl Fn() + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        for (folder, _) in folders {
            fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
        }
        let tried = folders.first().map_or(Path::new("."), |(folder, _)| folder);
        let because = match polls {
            true => None,
            false if has_other_writers(tried) => Some(Silence::OtherWriters),
            false => match told(folders, tried, counts, saved.clone()) {
                Ok(Some(watcher)) => return Ok(Self { _watcher: Box::new(watcher), because: None }),
                Ok(None) => Some(Silence::Untold),
                Err(_) => Some(Silence::Refused),
            },
        };
        let watcher = looking(folders, counts, saved).context("files cannot be looked at")?;
        Ok(Self { _watcher: Box::new(watcher), because })
    }
}

/// A watcher of the system, if it tells of a file that is written to `tried`.
fn told(
    folders: &[(PathBuf, RecursiveMode)],
    tried: &Path,
    counts: Counts,
    saved: impl Fn() + Send + 'static,
) -> notify::Result<Option<RecommendedWatcher>> {
    let ours = tried.join(format!(".watched-{}.tmp", std::process::id()));
    let (heard, events) = mpsc::channel();
    let name = ours.file_name().map(ToOwned::to_owned);
    let tell = move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        if event.paths.iter().any(|path| path.file_name() == name.as_deref()) {
            let _ = heard.send(());
        }
        if is_save(&event, counts) {
            saved();
        }
    };
    let mut watcher = notify::recommended_watcher(tell)?;
    for (folder, mode) in folders {
        watcher.watch(folder, *mode)?;
    }
    let written = fs::write(&ours, "");
    // Where nothing can be written nothing is learned.
    let is_told = written.is_err() || events.recv_timeout(HEARD).is_ok();
    let _ = fs::remove_file(&ours);
    Ok(is_told.then_some(watcher))
}

/// A watcher that reads all files again and again, since dates tell of seconds only; they are few.
fn looking(
    folders: &[(PathBuf, RecursiveMode)],
    counts: Counts,
    saved: impl Fn() + Send + 'static,
) -> notify::Result<PollWatcher> {
    let tell = move |event: notify::Result<Event>| {
        // It tells of a new date first, and then no more of what was written; that of a folder tells of a file in it.
        let is_dated = |event: &Event| {
            event.kind == EventKind::Modify(ModifyKind::Metadata(MetadataKind::WriteTime))
                && event.paths.iter().any(|path| counts(path) && !path.is_dir())
        };
        if event.is_ok_and(|event| is_save(&event, counts) || is_dated(&event)) {
            saved();
        }
    };
    let config = Config::default().with_poll_interval(PACE).with_compare_contents(true);
    let mut watcher = PollWatcher::new(tell, config)?;
    for (folder, mode) in folders {
        watcher.watch(folder, *mode)?;
    }
    Ok(watcher)
}

/// Whether other machines write to the file system of this folder, of which nobody tells us.
#[cfg(target_os = "linux")]
fn has_other_writers(folder: &Path) -> bool {
    /// The kinds of `statfs(2)`: 9p, which WSL reaches Windows by, NFS, the three of SMB, FUSE, VirtualBox and VMware.
    const SHARED: [u32; 8] =
        [0x0102_1997, 0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546, 0x786f_4256, 0xbacb_acbc];
    nix::sys::statfs::statfs(folder).is_ok_and(|system| {
        // The kind is as wide as a register on some machines, and signed on others.
        SHARED.contains(&(system.filesystem_type().0 as u32))
    })
}

/// Elsewhere a file of ours must tell.
#[cfg(not(target_os = "linux"))]
fn has_other_writers(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(folder: &Path) -> Vec<(PathBuf, RecursiveMode)> {
        vec![(folder.to_path_buf(), RecursiveMode::Recursive)]
    }

    /// A watcher that hears of our file is kept, one that does not is none; and the file is gone.
    #[test]
    fn silent_watcher_is_found_out() {
        let [here, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let is_told = |tried: &Path| told(&below(here.path()), tried, |_| true, || ()).unwrap().is_some();
        assert!(is_told(here.path()));
        assert!(!is_told(elsewhere.path()));
        for folder in [&here, &elsewhere] {
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "our file stays");
        }
    }

    /// Whoever looks sees a write, also one that leaves date and size alone, a new file, a rename and a removal.
    #[test]
    fn looking_sees_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("src");
        fs::create_dir(&deep).unwrap();
        let file = deep.join("lib.rs");
        fs::write(&file, "one").unwrap();
        let date = fs::metadata(&file).unwrap().modified().unwrap();
        let (sender, saved) = mpsc::channel();
        let watcher = looking(
            &below(folder.path()),
            |path| !path.ends_with("notes"),
            move || {
                let _ = sender.send(());
            },
        )
        .unwrap();
        let await_save = |what: &str| {
            saved.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|error| panic!("{what}: {error}"));
            while saved.try_recv().is_ok() {}
        };
        fs::write(&file, "two").unwrap();
        fs::File::options().write(true).open(&file).unwrap().set_modified(date).unwrap();
        await_save("a write");
        fs::write(deep.join("more.rs"), "new").unwrap();
        await_save("a new file");
        fs::rename(deep.join("more.rs"), &file).unwrap();
        await_save("a rename");
        fs::remove_file(&file).unwrap();
        await_save("a removal");
        // The end of what tells is the end of the thread; what does not count was never told.
        fs::write(deep.join("notes"), "mine").unwrap();
        drop(watcher);
        assert_eq!(saved.recv_timeout(Duration::from_secs(20)), Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
