//! Notices saves of a lesson: by the events of the system or, where none come, by looking at the files.
//!
//! None come of what another machine writes, which the editor of Windows is to WSL, and that of your desk to a container
//! or a network disk. So a file system that others write to is looked at, and any other is tried with a file of ours.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result};
use book::saves::{is_editors_own, is_save};
use notify::event::{MetadataKind, ModifyKind};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use crate::language::word;

/// How often files are looked at.
const PACE: Duration = Duration::from_millis(500);

/// How long the event of a file of ours may take; it takes a millisecond.
const HEARD: Duration = Duration::from_secs(2);

/// Notices saves for as long as it is held.
pub struct Saves {
    /// Tells of them.
    _watcher: Box<dyn Watcher>,
    /// Why files are looked at, although nobody asked for that.
    pub because: Option<String>,
}

impl Saves {
    /// Calls `saved` at each step of a save below a folder; with `looks` no event is waited for.
    ///
    /// Where events are tried and none comes, that takes two seconds.
    pub fn below(folder: &Path, looks: bool, saved: impl Fn() + Clone + Send + 'static) -> Result<Self> {
        let because = match looks {
            true => None,
            false if has_other_writers(folder) => Some(word("other machines may write here")),
            false => match told(folder, folder, saved.clone()) {
                Ok(Some(watcher)) => return Ok(Self { _watcher: Box::new(watcher), because: None }),
                Ok(None) => Some(word("the system tells of no save here")),
                Err(_) => Some(word("the system watches no more files")),
            },
        };
        let watcher =
            looking(folder, saved).with_context(|| format!("`{}` cannot be read", folder.display()))?;
        Ok(Self { _watcher: Box::new(watcher), because })
    }
}

/// A watcher of the system, if it tells of a file that is written to `tried`.
fn told(
    folder: &Path,
    tried: &Path,
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
        if is_of_lesson(&event) {
            saved();
        }
    };
    let mut watcher = notify::recommended_watcher(tell)?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    let written = fs::write(&ours, "");
    // Where nothing can be written nothing is learned.
    let is_told = written.is_err() || events.recv_timeout(HEARD).is_ok();
    let _ = fs::remove_file(&ours);
    Ok(is_told.then_some(watcher))
}

/// A watcher that reads all files again and again; they are few.
fn looking(folder: &Path, saved: impl Fn() + Send + 'static) -> notify::Result<PollWatcher> {
    let tell = move |event: notify::Result<Event>| {
        // It tells of a new date first, and then no more of what was written.
        let is_dated = |event: &Event| {
            event.kind == EventKind::Modify(ModifyKind::Metadata(MetadataKind::WriteTime))
                && has_source(event)
        };
        if event.is_ok_and(|event| is_of_lesson(&event) || is_dated(&event)) {
            saved();
        }
    };
    let config = Config::default().with_poll_interval(PACE).with_compare_contents(true);
    let mut watcher = PollWatcher::new(tell, config)?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// Only sources and manifests are checked; of an editor's own files some end as sources do.
fn is_of_lesson(event: &Event) -> bool {
    is_save(event) && (event.need_rescan() || has_source(event))
}

/// Whether what is checked depends on this file.
pub fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "rs" || end == "toml") && !is_editors_own(path)
}

fn has_source(event: &Event) -> bool {
    event.paths.iter().any(|path| is_source(path))
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
    use notify::event::{CreateKind, Flag};

    use super::*;

    fn is_save_of(name: &str) -> bool {
        is_of_lesson(&Event::new(EventKind::Create(CreateKind::Any)).add_path(Path::new(name).to_owned()))
    }

    /// A lock of Emacs ends as a source does, and its run must not be thrown away for it.
    #[test]
    fn only_sources_are_saved() {
        for name in ["src/lib.rs", "tests/checks/given.rs", "Cargo.toml"] {
            assert!(is_save_of(name), "{name}");
        }
        for name in [
            "src/.#lib.rs",
            "src/.lib.rs.swp",
            "src/4913",
            "src/lib.rs~",
            "src/lib.rs___jb_tmp___",
            "notes.md",
        ] {
            assert!(!is_save_of(name), "{name}");
        }
        assert!(is_of_lesson(&Event::new(EventKind::Other).set_flag(Flag::Rescan)), "events were lost");
    }

    /// A watcher that hears of our file is kept, one that does not is none; and the file is gone.
    #[test]
    fn silent_watcher_is_found_out() {
        let [here, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let is_told = |tried: &Path| told(here.path(), tried, || ()).unwrap().is_some();
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
        let file = folder.path().join("lib.rs");
        fs::write(&file, "one").unwrap();
        let date = fs::metadata(&file).unwrap().modified().unwrap();
        let (sender, saved) = mpsc::channel();
        let watcher = looking(folder.path(), move || {
            let _ = sender.send(());
        })
        .unwrap();
        let await_save = |what: &str| {
            saved.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|error| panic!("{what}: {error}"));
            while saved.try_recv().is_ok() {}
        };
        fs::write(&file, "two").unwrap();
        fs::File::options().write(true).open(&file).unwrap().set_modified(date).unwrap();
        await_save("a write");
        fs::write(folder.path().join("more.rs"), "new").unwrap();
        await_save("a new file");
        fs::rename(folder.path().join("more.rs"), &file).unwrap();
        await_save("a rename");
        fs::remove_file(&file).unwrap();
        await_save("a removal");
        drop(watcher);
    }
}
