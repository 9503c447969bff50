//! What git knows: which files belong to the course. Only the tests of the course itself ask.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

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
    let output = command(workspace.root()).args(args).stdin(Stdio::null()).output();
    let output = output.context("git does not start here. Try `git --version`")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    bail!("git says: {said}. Try `git status` in `{}`", workspace.root().display())
}
