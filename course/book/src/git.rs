//! Git, as it is asked by this course: about one folder, whatever its caller's account says of another.

use std::path::Path;
use std::process::Command;

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
