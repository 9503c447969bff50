//! What each lesson begins with, as the course keeps it: `course/starters/NN-slug/src`.
//!
//! It is a copy of the lesson's `src` on purpose: whatever a reader commits, stashes, pushes or unpacks, it stays,
//! and no git is needed to find it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use book::saves::is_editors_own;

use crate::lesson::Lesson;
use crate::replace::replace;
use crate::report::shown;
use crate::workspace::Workspace;

/// The bytes of Rust files by their path below a `src`.
type Files = BTreeMap<String, Vec<u8>>;

/// The files of the lesson that are not what the starter has: changed, missing, or more than it has.
pub fn differing(workspace: &Workspace, lesson: &Lesson) -> Result<Vec<String>> {
    let (kept, now) = (kept(workspace, lesson)?, written(workspace, lesson)?);
    let names: BTreeSet<_> = kept.keys().chain(now.keys()).collect();
    Ok(names.into_iter().filter(|name| kept.get(*name) != now.get(*name)).cloned().collect())
}

/// Makes the lesson's `src` what is kept.
pub fn restore(workspace: &Workspace, lesson: &Lesson) -> Result<()> {
    lay(&kept(workspace, lesson)?, &workspace.lesson(lesson).join("src"))
        .with_context(|| format!("`{}/src` cannot be restored; your copy is whole", lesson.folder()))
}

/// Keeps the lesson's `src` as what it begins with.
pub fn save(workspace: &Workspace, lesson: &Lesson) -> Result<()> {
    let folder = workspace.starter(lesson);
    lay(&written(workspace, lesson)?, &folder)
        .with_context(|| format!("`{}` cannot be written", folder.display()))
}

fn kept(workspace: &Workspace, lesson: &Lesson) -> Result<Files> {
    let folder = workspace.starter(lesson);
    let named = || {
        let name = shown(workspace.root(), &folder);
        format!("the starter `{name}` cannot be read. Try `git status {name}`, or unpack the course anew")
    };
    read(&folder).with_context(named)
}

/// A `src` that the reader removed has no files.
fn written(workspace: &Workspace, lesson: &Lesson) -> Result<Files> {
    let folder = workspace.lesson(lesson).join("src");
    if !folder.exists() {
        return Ok(Files::new());
    }
    read(&folder).with_context(|| format!("`{}` cannot be read", folder.display()))
}

/// The Rust files below a folder, without an editor's own.
fn read(folder: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            let is_source = path.extension().is_some_and(|end| end == "rs") && !is_editors_own(&path);
            // What a link to a folder leads to is not the lesson's.
            if kind.is_dir() {
                folders.push(path);
            } else if is_source && path.is_file() {
                files.insert(shown(folder, &path), fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

/// Makes a folder hold these Rust files and no others.
fn lay(files: &Files, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for name in read(folder)?.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    files.iter().try_for_each(|(name, bytes)| replace(&folder.join(name), bytes))
}
