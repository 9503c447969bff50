//! The reader's editor: `$VISUAL`, `$EDITOR`, or VS Code where it is installed.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::language::said;

/// Editors that open windows of their own: nobody has to wait for them.
const WINDOWED: [&str; 14] = [
    "code",
    "code-insiders",
    "codium",
    "cursor",
    "gedit",
    "gnome-text-editor",
    "idea",
    "kate",
    "notepad",
    "notepad++",
    "rustrover",
    "subl",
    "windsurf",
    "zed",
];

/// An editor as the reader calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// What says so; none where it is the VS Code that was found.
    variable: Option<&'static str>,
    /// The command, which may have arguments.
    call: String,
}

impl Editor {
    /// The editor that the account names, or VS Code.
    pub fn of_reader() -> Result<Self> {
        let named = |variable: &'static str| {
            let call = std::env::var(variable).ok().filter(|call| !call.trim().is_empty())?;
            Some(Self { variable: Some(variable), call })
        };
        let found = named("VISUAL").or_else(|| named("EDITOR"));
        let code = || is_on_path(CODE).then(|| Self { variable: None, call: CODE.to_owned() });
        found.or_else(code).with_context(|| {
            said!(
                "no editor is known: neither $VISUAL nor $EDITOR names one, and there is no `code`. Try {command}",
                command = TRY
            )
        })
    }

    /// What the reader calls it: the program, without folder and arguments.
    pub fn name(&self) -> &str {
        let program = self.call.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'']);
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        [".exe", ".cmd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
    }

    /// Whether it opens a window, and leaves the terminal alone.
    pub fn is_windowed(&self) -> bool {
        WINDOWED.contains(&self.name())
    }

    /// Opens a file. Blocks until the editor ends, unless it opens a window and nobody `waits`.
    ///
    /// # Errors
    /// When it does not start, or ends with a status that says so.
    pub fn open(&self, root: &Path, file: &Path, waits: bool) -> Result<()> {
        checks::let_children_hear().context("signals cannot be handled here")?;
        let mut command = self.command(root, file);
        if self.is_windowed() && !waits {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().with_context(|| self.fault())?;
            // Whoever is not waited for stays in the system's list of processes.
            let reap = move || drop(child.wait());
            std::thread::Builder::new()
                .name("editor".to_owned())
                .spawn(reap)
                .context("no thread can be started")?;
            return Ok(());
        }
        let status = command.status().with_context(|| self.fault())?;
        match status.code() {
            Some(0) => Ok(()),
            // What a shell says of a program that is not there, or is none.
            Some(126 | 127) => bail!(self.fault()),
            _ => {
                bail!(said!(
                    "`{call}` ended with {status}. Try it again, or name another editor in $EDITOR",
                    call = self.call,
                    status = status
                ))
            }
        }
    }

    fn fault(&self) -> String {
        let call = self.call.trim();
        match self.variable {
            Some(variable) => {
                said!(
                    "`{call}`, which ${variable} names, does not start here. Try `EDITOR=nano cargo course edit`",
                    call = call,
                    variable = variable
                )
            }
            None => said!("`{call}` does not start here. Try `EDITOR=nano cargo course edit`", call = call),
        }
    }

    /// A shell takes the call apart, as git has it do: there are quotes, and a home folder.
    #[cfg(unix)]
    fn command(&self, root: &Path, file: &Path) -> Command {
        let mut command = Command::new("sh");
        command
            .current_dir(root)
            .args(["-c", &format!("{} \"$@\"", self.call), "sh"])
            .args(self.places(root, file));
        command
    }

    /// A path may have spaces, and stands in quotes then.
    #[cfg(not(unix))]
    fn command(&self, root: &Path, file: &Path) -> Command {
        let mut words = Vec::new();
        for (index, part) in self.call.split('"').enumerate() {
            match index % 2 {
                0 => words.extend(part.split_whitespace()),
                _ => words.push(part),
            }
        }
        let mut command = Command::new(words.first().copied().unwrap_or_default());
        command.current_dir(root).args(words.iter().skip(1)).args(self.places(root, file));
        command
    }

    /// VS Code is given the folder, too: its Rust extension works on that.
    fn places<'a>(&self, root: &'a Path, file: &'a Path) -> Vec<&'a Path> {
        if self.variable.is_none() { vec![root, file] } else { vec![file] }
    }
}

/// How another editor is named for once.
const TRY: &str = if cfg!(windows) {
    "`$env:EDITOR='notepad'; cargo course edit`"
} else {
    "`EDITOR=nano cargo course edit`"
};

/// How the command of VS Code is called, which Windows has as a script.
const CODE: &str = if cfg!(windows) { "code.cmd" } else { "code" };

/// Whether a program of this name stands in one of the folders that are searched.
fn is_on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name has neither folder nor arguments.
    #[test]
    fn editors_have_names() {
        let editor = |call: &str| Editor { variable: Some("EDITOR"), call: call.to_owned() };
        let calls = [
            ("code -w", "code", true),
            ("/usr/bin/vim -n", "vim", false),
            ("'/opt/subl' --wait", "subl", true),
            (r"C:\Windows\notepad.exe", "notepad", true),
            ("emacsclient -t", "emacsclient", false),
        ];
        for (call, name, is_windowed) in calls {
            assert_eq!((editor(call).name(), editor(call).is_windowed()), (name, is_windowed), "{call}");
        }
    }
}
