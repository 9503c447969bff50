//! The turns of the console: which line is edited, and who waits for that.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rustyline::Prompt;

/// Shared by what reads and what prints.
#[derive(Default)]
pub struct Turns {
    /// The state.
    turn: Mutex<Turn>,
    /// Notified when a line is edited, and when none will be any more.
    changed: Condvar,
}

#[derive(Default)]
struct Turn {
    /// How many lines were read.
    lines: u64,
    /// Whether the next one is edited already.
    is_edited: bool,
    /// Whether nobody reads any more.
    is_gone: bool,
    /// Whether nobody prints any more.
    is_over: bool,
    /// Whether the reader stands still for that.
    is_parked: bool,
}

impl Turns {
    /// Waits until a line is edited, and says which; `None` when nobody reads any more.
    pub fn edited(&self) -> Option<u64> {
        let waits = |turn: &mut Turn| !turn.is_edited && !turn.is_gone;
        let turn = self.changed.wait_while(self.turn(), waits).unwrap_or_else(PoisonError::into_inner);
        (!turn.is_gone).then_some(turn.lines)
    }

    /// How many lines have ended.
    pub fn lines(&self) -> u64 {
        self.turn().lines
    }

    /// Notes that a line has ended.
    pub fn line_ended(&self) {
        let mut turn = self.turn();
        (turn.lines, turn.is_edited) = (turn.lines + 1, false);
    }

    /// Notes that nobody reads any more.
    pub fn reader_is_gone(&self) {
        self.turn().is_gone = true;
        self.changed.notify_all();
    }

    /// Notes that nobody prints any more.
    pub fn printer_is_gone(&self) {
        self.turn().is_over = true;
    }

    /// Waits until the reader draws nothing more.
    pub fn parked(&self) {
        let waits = |turn: &mut Turn| !turn.is_parked && !turn.is_gone;
        drop(self.changed.wait_while(self.turn(), waits));
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The editor asks for its prompt when it has the terminal, and then whenever it draws its line.
impl Prompt for Turns {
    fn raw(&self) -> &str {
        let mut turn = self.turn();
        turn.is_edited = true;
        turn.is_parked = turn.is_over;
        self.changed.notify_all();
        // In the last moment no line is drawn: its thread is abandoned here.
        drop(self.changed.wait_while(turn, |turn| turn.is_parked));
        "> "
    }
}
