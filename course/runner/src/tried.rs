//! Which versions of the solutions had all of their mutants tried, and what has changed since.
//!
//! A version is git's name for a file's content, so it stays true whatever becomes of the commits.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result, bail};

use crate::git;
use crate::lesson::Lesson;
use crate::patch;
use crate::sources::{self, Sources};
use crate::workspace::Workspace;

/// Where the versions are kept, one in a line.
const TRIED: &str = "course/mutants/tried.txt";

/// A version of each file, by its path from the root on.
pub type Versions = BTreeMap<String, String>;

/// The versions that were tried.
pub fn read(workspace: &Workspace) -> Result<Versions> {
    let text = match fs::read_to_string(workspace.path(TRIED)) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("`{TRIED}` cannot be read"))?,
    };
    let pair = |line: &str| line.split_once("  ").map(|(blob, path)| (path.to_owned(), blob.to_owned()));
    Ok(text.lines().filter_map(pair).collect())
}

/// Keeps the versions of some solutions in place of the ones before.
pub fn save<'a>(workspace: &Workspace, new: impl IntoIterator<Item = (&'a Lesson, Versions)>) -> Result<()> {
    let mut tried = read(workspace)?;
    for (lesson, versions) in new {
        let folder = lesson.solution_folder();
        tried.retain(|path, _| !path.starts_with(&folder));
        tried.extend(versions);
    }
    let lines: String = tried.iter().map(|(path, blob)| format!("{blob}  {path}\n")).collect();
    fs::write(workspace.path(TRIED), lines).with_context(|| format!("`{TRIED}` cannot be written"))
}

/// The sources of a solution, as they stand there, by their paths from the root on.
fn solution(workspace: &Workspace, lesson: &Lesson) -> Result<Sources> {
    let folder = format!("{}/src", lesson.solution_folder());
    let names = sources::read(&workspace.path(&folder))?.into_keys();
    let read = |name: String| {
        let path = format!("{folder}/{name}");
        let text = fs::read_to_string(workspace.path(&path));
        Ok((path.clone(), text.with_context(|| format!("`{path}` cannot be read"))?))
    };
    names.map(read).collect()
}

/// The versions of a solution's sources as they stand.
pub fn versions(workspace: &Workspace, lesson: &Lesson) -> Result<Versions> {
    let paths: Vec<String> = solution(workspace, lesson)?.into_keys().collect();
    let mut git = git::command(workspace.root());
    let output = git.args(["hash-object", "--no-filters", "--"]).args(&paths).output();
    let output = output.context("git does not start here. Try `git --version`")?;
    if !output.status.success() {
        bail!("git cannot name the sources of solution {}. Try `git status`", lesson.number);
    }
    let blobs = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(paths.into_iter().zip(blobs.lines().map(str::to_owned)).collect())
}

/// What has changed in a solution since it was tried; of a file whose version git does not have, everything.
pub fn changes(workspace: &Workspace, lesson: &Lesson, tried: &Versions) -> Result<String> {
    let old = |path: &str| {
        let blob = tried.get(path)?;
        let output = git::command(workspace.root()).args(["cat-file", "blob", blob]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let sources = solution(workspace, lesson)?;
    Ok(sources.iter().map(|(path, new)| patch::of_file(path, old(path).as_deref(), Some(new))).collect())
}
