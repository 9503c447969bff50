//! Writing a file as a whole: who reads it sees the old one or the new one.

use std::path::Path;
use std::{fs, io};

/// Writes beside the file first, in folders that are made for it: a link is replaced and not written through, and a full
/// disk loses nothing.
///
/// # Errors
/// When it cannot be written; then the old one stands.
pub fn replace(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path))
}
