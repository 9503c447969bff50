//! A program in a terminal of its own, for somebody who is not at this machine's keyboard: a page of the book.
//!
//! ```text
//!   keys ──▶ writing thread ──▶ terminal ──▶ program (on Unix a job of a shell, as it is for its reader)
//!   output ◀── reading thread ◀──┘           all of them are killed when the pane is dropped
//! ```

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context, Result};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::sync::mpsc;

use crate::process::Mark;

/// What the shell of a terminal does: it starts the program, tells its status, and waits.
///
/// Linux throws away what stands unread in a terminal when the process ends that leads the session.
/// So that is the shell, which outlives the program. No text of a page is among its arguments.
const SHELL: &str = r#"trap : INT QUIT
exec 3>&2 2>/dev/null
"$@" 2>&3 3>&-
printf '\033]thaw;%d\007' $?
exec sleep 60"#;

/// How the shell tells the status.
const STATUS: &[u8] = b"\x1b]thaw;";

/// How many reads wait to be taken; then the program waits, as at a terminal that is held.
const WAITING: usize = 4;

/// How many bytes are read at once.
const CHUNK: usize = 8 * 1024;

/// From how many bytes on no more are taken at once.
const AT_ONCE: usize = WAITING * CHUNK;

/// How many presses wait for a terminal that takes none; those behind them are lost, as at any terminal.
const PRESSES: usize = 64;

/// A running program and its terminal; dropping it kills the program and all that it has started.
pub struct Pane {
    /// The leader of the session.
    child: Box<dyn Child + Send + Sync>,
    /// Sets the size; closing it hangs the terminal up.
    master: Box<dyn MasterPty + Send>,
    /// To the thread that writes: a terminal may take no keys for a while.
    keys: SyncSender<Vec<u8>>,
    /// From the thread that reads.
    output: mpsc::Receiver<Vec<u8>>,
    /// What was read, and may be the beginning of the status.
    held: Vec<u8>,
    /// What all carry that the program starts.
    mark: Mark,
}

/// What came out of a terminal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Bytes for the screen.
    pub bytes: Vec<u8>,
    /// The status of the program, when it has ended.
    pub status: Option<u32>,
}

impl Pane {
    /// Starts a program in a terminal of `columns` by `rows`. Blocks for a moment.
    ///
    /// # Errors
    /// When there is no terminal, no thread, or no such program.
    pub fn open(program: &Path, args: &[&Path], folder: &Path, (columns, rows): (u16, u16)) -> Result<Self> {
        checks::let_children_hear().context("signals cannot be handled here")?;
        let pair =
            native_pty_system().openpty(size(columns, rows)).context("no terminal can be opened here")?;
        let mark = Mark::new();
        let mut command = if cfg!(unix) {
            let mut shell = CommandBuilder::new("sh");
            shell.args(["-c", SHELL, "sh"]);
            shell.arg(program);
            shell
        } else {
            CommandBuilder::new(program)
        };
        command.args(args);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        let (name, value) = mark.variable();
        command.env(name, value);
        let child = pair.slave.spawn_command(command);
        let child = child.with_context(|| format!("`{}` does not start", program.display()))?;
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().context("the terminal cannot be read")?;
        let writer = pair.master.take_writer().context("the terminal has no keyboard")?;
        let (shows, output) = mpsc::channel(WAITING);
        let (keys, presses) = sync_channel::<Vec<u8>>(PRESSES);
        // Held from here on: when a thread does not start, the program ends.
        let pane = Self { child, master: pair.master, keys, output, held: Vec::new(), mark };
        let thread = |name: &str| thread::Builder::new().name(name.to_owned());
        thread("pane output").spawn(move || read(reader, &shows)).context("no thread can be started")?;
        thread("pane keys").spawn(move || press(writer, &presses)).context("no thread can be started")?;
        Ok(pane)
    }

    /// What comes next out of the terminal; nothing when it is closed. May be dropped while it waits.
    pub async fn shown(&mut self) -> Option<Shown> {
        let chunk = self.output.recv().await?;
        self.held.extend(chunk);
        // Lines come one by one, and a page takes many at once as fast; a flood has no end to wait for.
        while self.held.len() < AT_ONCE
            && let Ok(more) = self.output.try_recv()
        {
            self.held.extend(more);
        }
        Some(split(&mut self.held))
    }

    /// Presses keys.
    pub fn press(&self, keys: Vec<u8>) {
        let _ = self.keys.try_send(keys);
    }

    /// Sets the size of the terminal, in letters.
    pub fn resize(&self, (columns, rows): (u16, u16)) {
        let _ = self.master.resize(size(columns, rows));
    }

    /// The status, where no shell tells it.
    pub fn status(&mut self) -> Option<u32> {
        self.child.try_wait().ok().flatten().map(|status| status.exit_code())
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.child.process_id().and_then(|id| i32::try_from(id).ok()) {
            use nix::sys::signal::{Signal, killpg};
            // It leads its group, as it leads its session.
            let _ = killpg(nix::unistd::Pid::from_raw(leader), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.mark.kill();
    }
}

/// A terminal is never without letters: programs divide by its size.
fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { cols: columns.clamp(20, 500), rows: rows.clamp(5, 200), pixel_width: 0, pixel_height: 0 }
}

fn read(mut terminal: impl Read, shows: &mpsc::Sender<Vec<u8>>) {
    let mut buffer = vec![0; CHUNK];
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        if shows.blocking_send(buffer[..count].to_vec()).is_err() {
            return;
        }
    }
}

fn press(mut terminal: impl Write, presses: &Receiver<Vec<u8>>) {
    for keys in presses {
        if terminal.write_all(&keys).and_then(|()| terminal.flush()).is_err() {
            return;
        }
    }
}

/// Takes out what is for the screen, and the status if it is whole; what may be its beginning stays.
fn split(held: &mut Vec<u8>) -> Shown {
    let begins = |at: usize| {
        let rest = &held[at..];
        rest.starts_with(STATUS) || STATUS.starts_with(rest)
    };
    let Some(at) = (0..held.len()).find(|at| held[*at] == STATUS[0] && begins(*at)) else {
        return Shown { bytes: std::mem::take(held), status: None };
    };
    let told = held[at..]
        .strip_prefix(STATUS)
        .and_then(|rest| rest.iter().position(|byte| *byte == 0x07).map(|end| &rest[..end]));
    let status = told.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    // What begins like a status and is none is for the screen.
    let bytes = match told {
        Some(_) if status.is_none() => std::mem::take(held),
        _ => held.drain(..at).collect(),
    };
    Shown { bytes, status }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A status may come in two reads; what only begins like one is shown.
    #[test]
    fn status_is_taken_out() {
        let mut held = b"bye\r\n\x1b[0m\x1b]th".to_vec();
        assert_eq!(split(&mut held), Shown { bytes: b"bye\r\n\x1b[0m".to_vec(), status: None });
        held.extend(b"aw;13");
        assert_eq!(split(&mut held), Shown::default());
        held.extend(b"0\x07");
        assert_eq!(split(&mut held), Shown { bytes: Vec::new(), status: Some(130) });
        let mut other = b"\x1b]thaw;x\x07 and \x1b]0;title\x07".to_vec();
        let all = other.clone();
        assert_eq!(split(&mut other), Shown { bytes: all, status: None });
    }
}
