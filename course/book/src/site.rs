//! A built site in memory: what is served is whole at every moment, and no request names a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// Every file of the site by its path in an address.
#[derive(Default, PartialEq)]
pub(crate) struct Site {
    /// `css/general.css` to its bytes.
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Reads the site that stands in a folder.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut site = Self::default();
        site.add(folder, "").with_context(|| format!("{} cannot be read", folder.display()))?;
        Ok(site)
    }

    /// The file that an address means, and its path.
    pub(crate) fn find(&self, address: &str) -> Option<(&str, &[u8])> {
        let path = address.trim_start_matches('/');
        let path = if path.is_empty() || path.ends_with('/') {
            format!("{path}index.html")
        } else {
            path.to_owned()
        };
        let found = self.files.get_key_value(&path).map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        found.or_else(|| self.index(&path))
    }

    /// Leaves a file out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.files.remove(name);
    }

    /// Every file: its path, and what it holds.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The search's index that an open page has by the name which it had before a lesson was saved.
    fn index(&self, path: &str) -> Option<(&str, &[u8])> {
        let (folder, _) = path.split_once("searchindex-")?;
        let begin = format!("{folder}searchindex-");
        self.files().find(|(path, _)| path.starts_with(&begin))
    }

    fn add(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.add(&entry.path(), &format!("{name}/"))?;
            } else {
                self.files.insert(name, fs::read(entry.path())?);
            }
        }
        Ok(())
    }
}

/// What a browser needs to know about a file, by the end of its name.
pub(crate) fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
