//! Single keys of a terminal, read while something else goes on.
//!
//! The terminal stays as programs find it: Ctrl-C interrupts, what is printed is drawn, and only lines and the echo are
//! off. They are on again whenever somebody else has the terminal: an editor, the shell after Ctrl-Z, and whoever comes
//! after us.

pub use system::Keys;

/// What a key asks of `cargo course watch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `h`: the next hint.
    Hint,
    /// `d`: the differences to the solution.
    Diff,
    /// `r`: the checks once more.
    Again,
    /// `n`: the next lesson.
    Next,
    /// `e`: the editor.
    Edit,
    /// `q`: the end.
    Quit,
}

impl Key {
    /// All of them, in one line.
    pub fn help() -> String {
        crate::language::word("h hint, d diff, r run again, n next lesson, e editor, q quit")
    }

    fn of(letter: char) -> Option<Self> {
        match letter {
            'h' => Some(Self::Hint),
            'd' => Some(Self::Diff),
            'r' => Some(Self::Again),
            'n' => Some(Self::Next),
            'e' => Some(Self::Edit),
            // Ctrl-D ends the input of other programs, and Ctrl-\ the program.
            'q' | '\x04' | '\x1c' => Some(Self::Quit),
            _ => None,
        }
    }
}

#[cfg(unix)]
mod system {
    use std::io::{self, IsTerminal};
    use std::time::Duration;

    use nix::sys::select::{FdSet, select};
    use nix::sys::signal::{Signal, kill};
    use nix::sys::termios::{
        _POSIX_VDISABLE, LocalFlags, SetArg, SpecialCharacterIndices as Special, Termios, tcgetattr,
        tcsetattr,
    };
    use nix::sys::time::{TimeVal, TimeValLike};
    use nix::unistd::{Pid, getpgrp, read, tcgetpgrp};

    use super::Key;

    /// What switches a special character of a terminal off.
    const OFF: u8 = _POSIX_VDISABLE;

    /// The keys of this terminal. It has its lines and its echo back when this is dropped.
    pub struct Keys {
        /// How the terminal was set before its keys were taken; none while somebody else has it.
        before: Option<Termios>,
        /// Whether the terminal gives whole lines, since nothing can be drawn in it.
        is_dumb: bool,
        /// Whether there is nothing more to read: the terminal is gone.
        is_gone: bool,
    }

    impl Keys {
        /// The keys of the terminal that we were started in; none where nobody types, or nobody sees the answer.
        pub fn listen() -> Option<Self> {
            let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
            let both = io::stdin().is_terminal() && io::stdout().is_terminal();
            both.then_some(Self { before: None, is_dumb, is_gone: false })
        }

        /// Whether Enter belongs to each key.
        pub fn are_lines(&self) -> bool {
            self.is_dumb
        }

        /// The keys that are typed within this time, or that were typed before; it returns with the first.
        pub fn wait(&mut self, limit: Duration) -> Vec<Key> {
            if self.is_gone || !is_ours() {
                std::thread::sleep(limit);
                return Vec::new();
            }
            self.take();
            let stdin = io::stdin();
            let mut typing = FdSet::new();
            typing.insert(std::os::fd::AsFd::as_fd(&stdin));
            let mut limit = TimeVal::milliseconds(limit.as_millis().try_into().unwrap_or(i64::MAX));
            if !select(None, &mut typing, None, None, &mut limit).is_ok_and(|count| count > 0) {
                return Vec::new();
            }
            let mut bytes = [0; 64];
            match read(&stdin, &mut bytes) {
                Ok(0) => self.is_gone = true,
                Ok(count) => return self.read(&bytes[..count]),
                Err(nix::errno::Errno::EINTR | nix::errno::Errno::EAGAIN) => (),
                Err(_) => self.is_gone = true,
            }
            Vec::new()
        }

        /// Gives the terminal to somebody else meanwhile.
        pub fn lend<T>(&mut self, work: impl FnOnce() -> T) -> T {
            self.give_back();
            work()
        }

        fn read(&mut self, bytes: &[u8]) -> Vec<Key> {
            let suspend =
                self.before.as_ref().map_or(OFF, |before| before.control_chars[Special::VSUSP as usize]);
            if bytes.contains(&suspend) && suspend != OFF {
                self.suspend();
            }
            plain(bytes).filter_map(|byte| Key::of(char::from(byte))).collect()
        }

        /// Takes lines and echo off, if somebody has put them on: a shell does when it continues us.
        fn take(&mut self) {
            let Some(now) = tcgetattr(io::stdin()).ok().filter(|_| !self.is_dumb) else { return };
            if now.local_flags.contains(LocalFlags::ICANON) {
                let mut keys = now.clone();
                keys.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
                keys.control_chars[Special::VMIN as usize] = 1;
                keys.control_chars[Special::VTIME as usize] = 0;
                // These would stop or end us before we can put the terminal back. They are keys to us.
                keys.control_chars[Special::VSUSP as usize] = OFF;
                keys.control_chars[Special::VQUIT as usize] = OFF;
                if tcsetattr(io::stdin(), SetArg::TCSANOW, &keys).is_ok() {
                    self.before = Some(now);
                }
            }
        }

        fn give_back(&mut self) {
            if let Some(before) = self.before.take().filter(|_| is_ours()) {
                let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &before);
            }
        }

        /// What the terminal does at Ctrl-Z: asks all of us to stop. It returns when we are continued.
        fn suspend(&mut self) {
            self.give_back();
            let _ = kill(Pid::from_raw(0), Signal::SIGTSTP);
        }
    }

    /// What was typed, without the sequences that an arrow sends, or a letter with Alt.
    fn plain(bytes: &[u8]) -> impl Iterator<Item = u8> {
        let mut bytes = bytes.iter().copied();
        std::iter::from_fn(move || {
            loop {
                match bytes.next()? {
                    b'\x1b' => match bytes.next()? {
                        b'[' => drop(bytes.find(|byte| (b'@'..=b'~').contains(byte))),
                        b'O' => drop(bytes.next()),
                        _ => (),
                    },
                    byte => return Some(byte),
                }
            }
        })
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            self.give_back();
        }
    }

    /// Whether the terminal listens to us: in the background we would be stopped for reading.
    fn is_ours() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::{self, IsTerminal};
    use std::time::Duration;

    use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};

    use super::Key;

    /// The keys of this console. It tells of keys whether or not somebody reads lines, so its settings stay.
    pub struct Keys;

    impl Keys {
        /// The keys of the console that we were started in; none where nobody types, or nobody sees the answer.
        pub fn listen() -> Option<Self> {
            (io::stdin().is_terminal() && io::stdout().is_terminal()).then_some(Self)
        }

        /// Whether Enter belongs to each key.
        pub fn are_lines(&self) -> bool {
            false
        }

        /// The keys that are typed within this time, or that were typed before; it returns with the first.
        pub fn wait(&mut self, limit: Duration) -> Vec<Key> {
            match poll(limit) {
                Ok(false) => Vec::new(),
                Ok(true) => read().ok().and_then(|event| key(&event)).into_iter().collect(),
                Err(_) => {
                    std::thread::sleep(limit);
                    Vec::new()
                }
            }
        }

        /// Gives the console to somebody else meanwhile.
        pub fn lend<T>(&mut self, work: impl FnOnce() -> T) -> T {
            work()
        }
    }

    fn key(event: &Event) -> Option<Key> {
        let key = event.as_key_event().filter(|key| key.kind == KeyEventKind::Press)?;
        match (key.code, key.modifiers) {
            (KeyCode::Char(letter), KeyModifiers::NONE) => Key::of(letter),
            _ => None,
        }
    }
}
