//! How a visit ends, and how long the client waits then.

use std::{fmt, pin::pin, time::Duration};

use tokio::{select, sync::Notify, time::sleep};

/// How long it waits for the next sign of the room, for answers, and until its last words are taken.
pub const GRACE: Duration = Duration::from_millis(500);
/// The same where a pipe has ended, and nobody waits at a keyboard.
const LONG_GRACE: Duration = Duration::from_secs(5);

/// Why a visit ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// Whoever sat here wanted to leave.
    Left,
    /// The input ended, and nobody sits here.
    NoMore,
    /// The room said goodbye.
    Closed,
    /// Ctrl-C, while no command ran.
    Interrupted,
    /// The system asked for it.
    Terminated,
}

impl End {
    /// The exit status; a shell adds 128 to the number of a signal.
    pub fn status(self) -> u8 {
        match self {
            End::Left | End::NoMore => 0,
            End::Closed => 3,
            End::Interrupted => 130,
            End::Terminated => 143,
        }
    }

    /// Awaits the last words, but not for long; whenever the room confirms a line, the next one is worth a wait.
    pub async fn linger(self, last_words: impl Future, confirmed: &Notify) {
        let patience = if self == End::NoMore { LONG_GRACE } else { GRACE };
        let mut last_words = pin!(last_words);
        loop {
            select! {
                _ = &mut last_words => return,
                () = sleep(patience) => return,
                () = confirmed.notified() => {}
            }
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            End::Left => "you left",
            End::NoMore => "there was no more to read",
            End::Closed => "the room closed",
            End::Interrupted => "you pressed Ctrl-C",
            End::Terminated => "the system asked for it",
        })
    }
}
