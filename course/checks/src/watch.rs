//! What outlives a check that is killed: a shell that waits for the end of the check, and ends a process then.
//!
//! What it reads ends with the check. Windows has no shell, and leaves it to the runner.

use std::{
    io,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::let_children_hear;

/// Reads numbers of processes, an empty line for none; at the end it kills the last, and removes the folder.
const SHELL: &str = r#"
trap "" HUP INT QUIT TERM
while read -r line; do process=$line; done
[ -z "$process" ] || kill -9 "$process" 2>&-
for folder; do rm -rf -- "$folder"; done
"#;

/// Watches for the end of this check. Dropping it ends the watch as if the check had ended, and waits for that.
pub(crate) struct Watch(Option<Child>);

impl Watch {
    /// Begins to watch; what is in `folder` is removed at the end.
    ///
    /// # Errors
    /// When the system starts no shell.
    pub fn begin(folder: Option<&Path>) -> io::Result<Watch> {
        if !cfg!(unix) {
            return Ok(Watch(None));
        }
        let_children_hear()?;
        let mut shell = Command::new("sh");
        shell.args(["-c", SHELL, "sh"]).args(folder);
        shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(|it| Watch(Some(it)))
    }

    /// Names the process that must not outlive the check, in place of the one before.
    pub fn over(&mut self, process: Option<u32>) {
        if let Some(pipe) = self.0.as_mut().and_then(|shell| shell.stdin.as_mut()) {
            let number = process.map(|number| number.to_string()).unwrap_or_default();
            let _ = io::Write::write_all(pipe, format!("{number}\n").as_bytes());
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.0 {
            shell.stdin = None;
            let _ = shell.wait();
        }
    }
}
