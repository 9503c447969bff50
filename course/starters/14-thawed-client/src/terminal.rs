//! The terminal: one source of all that is typed, and one sink for all that is shown.
//!
//! ```text
//!   event loop                        the threads at the terminal
//!   Terminal::typed ◀── Typed ─────── the reading thread
//!   Screen::say ─────── lines ──────▶ printed
//!   Screen::progress ── the latest ─▶ printed with the next prompt
//! ```

use std::{
    io::{self, IsTerminal},
    sync::mpsc as std_mpsc,
    time::Duration,
};

use tokio::sync::{mpsc, watch};

use crate::{editor, plain, screen::Screen};

/// How many lines may wait to be shown; whoever says one more waits.
const LINES: usize = 1024;

/// How long the end waits for a terminal that takes no more text.
const LIMIT: Duration = Duration::from_millis(300);

/// What comes from the keyboard.
#[derive(Debug, PartialEq)]
pub enum Typed {
    /// A line, without its end.
    Line(String),
    /// Ctrl-C, where it is a key.
    Interrupt,
    /// Ctrl-D: whoever sits here wants to leave.
    Leave,
    /// The end of a pipe: nobody sits here, and nobody is in a hurry.
    End,
}

/// The far side of the channels: what reads the keyboard and draws on the screen.
pub struct Owner {
    /// Where what is typed goes.
    pub keys: mpsc::Sender<Typed>,
    /// What is to be shown; the owner ends with it.
    pub lines: mpsc::Receiver<String>,
    /// What stands in the prompt.
    pub progress: watch::Receiver<String>,
    /// Dropped when all is shown and the terminal is as it was.
    pub _closed: std_mpsc::Sender<()>,
}

/// The one terminal of a client, open for as long as it runs.
///
/// Dropping it, when all screens are dropped, shows what was said, and restores the settings.
pub struct Terminal {
    /// What is typed.
    typed: mpsc::Receiver<Typed>,
    /// Disconnected when the owner has let go.
    closed: std_mpsc::Receiver<()>,
}

impl Terminal {
    /// Opens a prompt where there is a screen and a keyboard, and takes plain lines where not; the screen shows things on it.
    ///
    /// # Errors
    /// When the terminal cannot be set, or a thread does not start.
    pub fn open() -> io::Result<(Terminal, Screen)> {
        let (keys, typed) = mpsc::channel(16);
        let (say, lines) = mpsc::channel(LINES);
        let (prompt, progress) = watch::channel(String::new());
        let (closing, closed) = std_mpsc::channel();
        let is_plain = !is_for_an_editor();
        let owner = Owner { keys, lines, progress, _closed: closing };
        if is_plain {
            plain::open(owner)?;
        } else {
            editor::open(owner)?;
        }
        Ok((Terminal { typed, closed }, Screen::new(say, (!is_plain).then_some(prompt))))
    }

    /// The next thing that is typed. Cancelling it loses nothing.
    pub async fn typed(&mut self) -> Typed {
        self.typed.recv().await.unwrap_or(Typed::End)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let stuck = self.closed.recv_timeout(LIMIT) == Err(std_mpsc::RecvTimeoutError::Timeout);
        if stuck {
            let _ = crossterm::terminal::disable_raw_mode();
        }
    }
}

/// Whether somebody sits here.
fn is_for_an_editor() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}
