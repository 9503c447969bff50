//! The terminal: one source of all that is typed, and one sink for all that is shown.
//!
//! ```text
//!   event loop                  the threads at the terminal
//!   Terminal::typed ◀─ Typed ── the reading thread
//!   Screen::say ────── lines ─▶ printed, wherever the cursor stands
//! ```

use std::{
    io::{self, IsTerminal},
    sync::mpsc as std_mpsc,
    time::Duration,
};

use tokio::sync::{Semaphore, mpsc};

use crate::{curtain::Curtain, editor, plain, screen::Screen};

/// How many lines may wait to be shown; whoever says one more waits.
const LINES: usize = 1024;

/// How many lines of a pipe may wait for the event loop. At a keyboard there is a place for each:
/// an editor that waited for the loop would draw nothing, and the loop may wait until something is drawn.
const AHEAD: usize = 16;

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
    /// Whoever read the keyboard is gone without a word, as after a panic.
    Lost,
}

/// The far side of the channels: what reads the keyboard, and what prints.
pub struct Owner {
    /// Where what is typed goes.
    pub keys: mpsc::Sender<Typed>,
    /// What is to be shown.
    pub lines: mpsc::Receiver<String>,
    /// Dropped when all is shown.
    pub closed: std_mpsc::Sender<()>,
}

/// The one terminal of a client, open for as long as it runs.
///
/// Dropping it, when all screens are dropped, shows what was said, and restores the settings.
pub struct Terminal {
    /// What is typed.
    typed: mpsc::Receiver<Typed>,
    /// Disconnected when all is shown.
    closed: std_mpsc::Receiver<()>,
    /// Restores the settings, where an editor changes them.
    curtain: Option<Curtain>,
}

impl Terminal {
    /// Opens a prompt where there is a screen and a keyboard, and takes plain lines where not; the screen shows things on it.
    ///
    /// # Errors
    /// When the terminal cannot be set, or a thread does not start.
    pub fn open() -> io::Result<(Terminal, Screen)> {
        let is_plain = !is_for_an_editor();
        let (keys, typed) = mpsc::channel(if is_plain { AHEAD } else { Semaphore::MAX_PERMITS });
        let (say, lines) = mpsc::channel(LINES);
        let (closing, closed) = std_mpsc::channel();
        let owner = Owner { keys, lines, closed: closing };
        if is_plain {
            plain::open(owner)?;
        } else {
            editor::open(owner)?;
        }
        // Nobody draws it yet: without an editor nothing would show what is typed.
        let curtain = None;
        Ok((Terminal { typed, closed, curtain }, Screen::new(say)))
    }

    /// The next thing that is typed. Cancelling it loses nothing.
    pub async fn typed(&mut self) -> Typed {
        self.typed.recv().await.unwrap_or(Typed::Lost)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let is_shown = self.closed.recv_timeout(LIMIT) == Err(std_mpsc::RecvTimeoutError::Disconnected);
        // The thread that waits for a key is abandoned, and its prompt with it. A terminal that hangs would not take this.
        if is_shown && let Some(curtain) = &self.curtain {
            curtain.wipe();
        }
    }
}

/// Whether somebody sits here.
fn is_for_an_editor() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}
