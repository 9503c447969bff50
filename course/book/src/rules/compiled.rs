//! Which files the workspace compiles: targets of its packages, and the modules that they name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// The Rust files that are part of a package.
pub struct Compiled(BTreeSet<PathBuf>);

impl Compiled {
    /// Finds them below `lessons`, `solutions`, `programs` and `course`; the kept starters are built without manifests of their own.
    pub fn find(root: &Path) -> Self {
        let mut all = Self(BTreeSet::new());
        let packages = ["lessons", "solutions", "programs", "course"].map(|folder| root.join(folder));
        let packages = packages.iter().flat_map(|folder| children(folder));
        let packages = packages.filter(|path| path.join("Cargo.toml").exists());
        for package in packages.chain(children(&root.join("course/starters"))) {
            for target in targets(&package) {
                all.add(target);
            }
        }
        all
    }

    /// Whether a file is one of them.
    pub fn has(&self, path: &Path) -> bool {
        self.0.contains(path)
    }

    /// All of them.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(PathBuf::as_path)
    }

    /// Adds a file and the modules that it declares.
    fn add(&mut self, file: PathBuf) {
        let Ok(text) = fs::read_to_string(&file) else { return };
        if self.0.insert(file.clone()) {
            modules(&file, &text).into_iter().for_each(|module| self.add(module));
        }
    }
}

/// What cargo finds by itself.
fn targets(package: &Path) -> Vec<PathBuf> {
    let folders = ["src/bin", "tests", "examples", "benches"].map(|folder| package.join(folder));
    let found = folders
        .iter()
        .flat_map(|folder| children(folder))
        .filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let roots = ["src/lib.rs", "src/main.rs"].map(|file| package.join(file));
    roots.into_iter().filter(|path| path.exists()).chain(found).collect()
}

/// The files that a file's `mod name;` lines may mean, a `#[path]` included.
fn modules(file: &Path, text: &str) -> Vec<PathBuf> {
    static MODULE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)^\s*(?:#\[path = "([^"]+)"\]\s*)?(?:pub(?:\([^)]*\))? )?mod (\w+);"#)
            .expect("a constant pattern")
    });
    let folder = file.with_file_name("");
    let stem = file.file_stem().map(PathBuf::from).unwrap_or_default();
    let inner = if ["lib", "main", "mod"].iter().any(|name| stem.as_os_str() == *name) || !in_src(file) {
        folder.clone()
    } else {
        folder.join(&stem)
    };
    let found = MODULE.captures_iter(text).flat_map(|module| match module.get(1) {
        Some(path) => vec![crate::expand::tidy(&folder.join(path.as_str()))],
        None => vec![inner.join(format!("{}.rs", &module[2])), inner.join(&module[2]).join("mod.rs")],
    });
    found.filter(|path| path.exists()).collect()
}

/// Outside of `src` each file that cargo finds is a crate of its own, so its modules stand beside it.
fn in_src(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "src")
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
