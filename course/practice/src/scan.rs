//! A library that blocks, as plugins do: it reads files, and calls a plain function for each find. Nothing here is async.

use std::{fs, io, path::Path, thread, time::Duration};

use crate::trace;

/// How long a file takes, as it does on a slow disk.
const FILE: Duration = Duration::from_millis(100);

/// Reads the files of `folder`, by their names, and calls `found` with the name of each that holds `word`.
///
/// It blocks the calling thread for as long as it reads, and for as long as `found` does.
/// It goes on when `found` returns, and gives the number of finds.
///
/// # Errors
/// When the folder or a file in it cannot be read, and the first error of `found`, which ends the scan.
pub fn scan(folder: &Path, word: &str, mut found: impl FnMut(&str) -> io::Result<()>) -> io::Result<usize> {
    let named = |path: &Path, error: io::Error| {
        io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()))
    };
    let entries = fs::read_dir(folder).map_err(|error| named(folder, error))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let mut finds = 0;
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let bytes = trace::blocked(&format!("read {name}"), || {
            thread::sleep(FILE);
            fs::read(path)
        });
        let bytes = bytes.map_err(|error| named(path, error))?;
        if String::from_utf8_lossy(&bytes).contains(word) {
            found(&name)?;
            finds += 1;
        }
    }
    Ok(finds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds come in the order of the names, folders are passed over, and an error of the function ends the scan.
    #[test]
    fn finds_come_in_order_and_an_error_ends_the_scan() {
        let folder = std::env::temp_dir().join(format!("thaw-scan-{}", std::process::id()));
        fs::create_dir_all(folder.join("a folder")).unwrap();
        for (name, text) in [("c", "ice"), ("a", "no ice here"), ("b", "water")] {
            fs::write(folder.join(name), text).unwrap();
        }
        let mut names = Vec::new();
        let finds = scan(&folder, "ice", |name| {
            names.push(name.to_owned());
            Ok(())
        });
        assert_eq!((finds.unwrap(), names), (2, vec!["a".to_owned(), "c".to_owned()]));
        let mut calls = 0;
        let stopped = scan(&folder, "ice", |_| {
            calls += 1;
            Err(io::Error::other("enough"))
        });
        assert_eq!((stopped.unwrap_err().to_string(), calls), ("enough".into(), 1));
        fs::remove_dir_all(&folder).unwrap();
        let gone = scan(&folder, "ice", |_| Ok(())).unwrap_err();
        assert!(gone.to_string().starts_with("cannot read "), "{gone}");
    }
}
