//! The folder that a served book is built into: one for each server, since two builds would write over one another.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// More servers than anybody has terminals for.
const MOST: usize = 99;

/// A folder that no other server builds into, for as long as this is held.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Where it stands; it stays when its server ends, and the next one takes it.
    pub(crate) path: PathBuf,
    /// Locked until this is dropped, or the process has ended in whatever way.
    _lock: Option<File>,
}

impl Folder {
    /// Takes `usual`, or the first of its neighbors `usual-2`, `usual-3` that no server holds.
    pub(crate) fn take(usual: &Path) -> Self {
        let free = (1..=MOST).map(|number| neighbor(usual, number)).find_map(|path| match lock(&path) {
            Ok(lock) => Some(Self { path, _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => None,
            // Where nothing can be locked, a server that is alone does not need it.
            Err(TryLockError::Error(_)) => Some(Self { path, _lock: None }),
        });
        free.unwrap_or_else(|| Self { path: usual.to_path_buf(), _lock: None })
    }
}

fn neighbor(usual: &Path, number: usize) -> PathBuf {
    match (number, usual.file_name()) {
        (2.., Some(name)) => usual.with_file_name(format!("{}-{number}", name.display())),
        _ => usual.to_path_buf(),
    }
}

/// The lock stands beside the folder, which each build empties.
fn lock(folder: &Path) -> Result<File, TryLockError> {
    let file = locked_file(folder).map_err(TryLockError::Error)?;
    file.try_lock().map(|()| file)
}

fn locked_file(folder: &Path) -> io::Result<File> {
    folder.parent().map_or(Ok(()), fs::create_dir_all)?;
    File::create(folder.with_extension("lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two servers have two folders, and what one has left the next one takes.
    #[test]
    fn each_server_has_its_folder() {
        let ground = tempfile::tempdir().expect("a folder");
        let usual = ground.path().join("build/en");
        let first = Folder::take(&usual);
        let second = Folder::take(&usual);
        assert_eq!(first.path, usual);
        assert_eq!(second.path, ground.path().join("build/en-2"));
        drop(first);
        assert_eq!(Folder::take(&usual).path, usual);
    }

    /// A place that nothing can be written to is no reason not to begin: the build says what is wrong.
    #[test]
    fn unwritable_place_is_taken() {
        let ground = tempfile::tempdir().expect("a folder");
        fs::write(ground.path().join("build"), "a file").expect("a file");
        assert_eq!(Folder::take(&ground.path().join("build/en")).path, ground.path().join("build/en"));
    }
}
