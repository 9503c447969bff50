//! What git remembers: the committed starters.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// One committed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the root.
    pub path: String,
    /// Its content at the last commit.
    pub content: Vec<u8>,
}

/// The files below a folder, as the course has them: a reader who commits an answer keeps the starters.
pub fn committed(workspace: &Workspace, folder: &str) -> Result<Vec<File>> {
    let revision = revision(workspace);
    let listing = git(workspace, &["ls-tree", "-r", "-z", "--name-only", revision, "--", folder])?;
    let listing = String::from_utf8_lossy(&listing).into_owned();
    let paths: Vec<_> = listing.split('\0').filter(|path| !path.is_empty()).collect();
    if paths.is_empty() {
        bail!("git has no committed `{folder}`: there is nothing to restore. See `git log -- {folder}`");
    }
    paths.into_iter().map(|path| show(workspace, revision, path)).collect()
}

/// Where the starters are: at the last commit, or where the clone came from if all commits since are answers.
fn revision(workspace: &Workspace) -> &'static str {
    let since = git(workspace, &["diff", "--name-only", "-z", "origin/HEAD", "HEAD"]).unwrap_or_default();
    let since = String::from_utf8_lossy(&since);
    let mut changed = since.split('\0').filter(|path| !path.is_empty()).peekable();
    let has_answers = changed.peek().is_some();
    if has_answers && changed.all(|path| path.starts_with("lessons/")) { "origin/HEAD" } else { "HEAD" }
}

/// Line ends and the like follow the reader's configuration, as a checkout would.
fn show(workspace: &Workspace, revision: &str, path: &str) -> Result<File> {
    let content = git(workspace, &["cat-file", "--filters", &format!("{revision}:./{path}")])?;
    Ok(File { path: path.to_owned(), content })
}

/// Whether a folder differs from the last commit, extra files included.
pub fn differs(workspace: &Workspace, folder: &str, files: &[File]) -> bool {
    let same = |file: &File| std::fs::read(workspace.path(&file.path)).is_ok_and(|now| now == file.content);
    !files.iter().all(same) || !extra(&workspace.path(folder), workspace.root(), files).is_empty()
}

/// The Rust files below a folder that were never committed.
pub fn extra(folder: &Path, root: &Path, files: &[File]) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        let name = crate::report::shown(root, &path);
        if path.is_dir() {
            found.extend(extra(&path, root, files));
        } else if name.ends_with(".rs") && !files.iter().any(|file| file.path == name) {
            found.push(name);
        }
    }
    found
}

/// All tracked files, below the root.
pub fn tracked(workspace: &Workspace) -> Result<Vec<String>> {
    let listing = git(workspace, &["ls-files", "-z"])?;
    let listing = String::from_utf8_lossy(&listing).into_owned();
    Ok(listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

/// Which configuration is read is the account's to say; everything else that it tells git is about another repository.
const KEPT: [&str; 3] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

/// Git in a folder, whatever the account's variables say: with `GIT_DIR` it would work on another repository.
pub fn command(folder: &Path) -> Command {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let is_foreign = |name: &str| name.starts_with("GIT_") && !KEPT.contains(&name);
        // Windows does not tell large letters from small ones.
        if name.to_str().is_some_and(|name| is_foreign(&name.to_uppercase())) {
            git.env_remove(name);
        }
    }
    // Whoever runs the course's programs trusts its folder, also one of another account, as in a container.
    git.current_dir(folder).args(["-c", "safe.directory=*"]);
    git
}

fn git(workspace: &Workspace, args: &[&str]) -> Result<Vec<u8>> {
    checks::let_children_hear().context("signals cannot be handled here")?;
    let output = command(workspace.root()).args(args).stdin(Stdio::null()).output().context(
        "the committed starters are read with git, and git does not start here. Try `git --version`",
    )?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    bail!(
        "the committed starters are read with git, and git says: {said}. \
         Work in a clone of the course: try `git status` in `{}`",
        workspace.root().display()
    )
}
