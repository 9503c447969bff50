//! The curtain: while it is drawn, nobody but the editor shows what is typed.
//!
//! The editor sets the terminal for each line, and back. Between two lines the system would echo keys wherever the
//! cursor stands, and make Ctrl-C a signal; and a thread that waits for a key when the client ends sets nothing back.

use std::io;

#[cfg(unix)]
use nix::sys::termios::{SetArg, SpecialCharacterIndices::VTIME, Termios, cfmakeraw, tcgetattr, tcsetattr};
use practice::print;

/// By this the curtain is known. It bounds a wait for keys, and nobody waits for keys behind it.
#[cfg(unix)]
const MARK: u8 = 1;

/// The terminal's settings as they were; dropping it restores them.
pub struct Curtain {
    /// What to restore.
    #[cfg(unix)]
    before: Termios,
}

#[cfg(unix)]
impl Curtain {
    /// Takes keys as they come, and leaves what is printed alone.
    ///
    /// # Errors
    /// When stdin is no terminal.
    pub fn draw() -> io::Result<Curtain> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        raw.output_flags = before.output_flags;
        raw.control_chars[VTIME as usize] = MARK;
        tcsetattr(io::stdin(), SetArg::TCSANOW, &raw)?;
        Ok(Curtain { before })
    }
}

#[cfg(unix)]
impl Drop for Curtain {
    fn drop(&mut self) {
        // At once: a terminal that hangs never takes what was printed before.
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.before);
    }
}

/// Whether the editor has its own settings now, for the line that it edits.
pub fn is_lifted() -> bool {
    #[cfg(unix)]
    return tcgetattr(io::stdin()).is_ok_and(|now| now.control_chars[VTIME as usize] != MARK);
    #[cfg(not(unix))]
    return crossterm::terminal::is_raw_mode_enabled().unwrap_or(false);
}

impl Curtain {
    /// Wipes the line away that may still stand there, shows what is drawn, and lets pastes come as if they were typed.
    pub fn wipe(&self) {
        print!("\r\x1b[J\x1b[?2026l\x1b[?2004l");
    }
}

#[cfg(not(unix))]
impl Curtain {
    /// Nothing to do here: a console echoes to whom it gives lines, and keeps keys for whoever wants keys.
    ///
    /// # Errors
    /// Never.
    pub fn draw() -> io::Result<Curtain> {
        Ok(Curtain {})
    }
}

#[cfg(not(unix))]
impl Drop for Curtain {
    fn drop(&mut self) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}
