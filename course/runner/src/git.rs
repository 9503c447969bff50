//! What git knows: which files belong to the course. Only the tests of the course itself ask.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
pub use book::git::command;

use crate::workspace::Workspace;

/// All tracked files, below the root.
pub fn tracked(workspace: &Workspace) -> Result<Vec<String>> {
    let listing = git(workspace, &["ls-files", "-z"])?;
    let listing = String::from_utf8_lossy(&listing).into_owned();
    Ok(listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn git(workspace: &Workspace, args: &[&str]) -> Result<Vec<u8>> {
    checks::let_children_hear().context("signals cannot be handled here")?;
    let output = command(workspace.root()).args(args).stdin(Stdio::null()).output();
    let output = output.context("git does not start here. Try `git --version`")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    bail!("git says: {said}. Try `git status` in `{}`", workspace.root().display())
}
