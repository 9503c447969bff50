//! What a terminal is on each system.
//!
//! On Unix a shell runs in it, and the client is a job of that shell, as it is for its reader.
//! The console of Windows draws what programs print anew, takes no keys before it is told where its cursor is, and ends
//! its output only when it is closed.

#[cfg(not(unix))]
pub(crate) use console::*;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(unix)]
mod unix {
    use portable_pty::{CommandBuilder, MasterPty};

    use crate::{Program, client::Ended, screen::Decoder};

    /// Whether the process in the terminal is a shell, which tells the client's number and status.
    pub(crate) const HAS_SHELL: bool = true;

    /// What ends the input at the start of a line: Ctrl-D.
    pub(crate) const END_OF_INPUT: &str = "\x04";

    /// What the shell of a terminal does: it starts the client, tells its number, then its status, and waits.
    ///
    /// A client is a job of a shell for its reader too. Here it matters when it ends: Linux throws away what stands
    /// unread in a terminal when the process ends that leads the session, and that is the shell, which outlives it.
    const SHELL: &str = r#"
trap : INT QUIT
exec 3>&2 2>/dev/null
sh -c 'printf "\033]thaw;process;%d\007" $$; exec "$@"' sh "$@" 2>&3 3>&-
printf '\033]thaw;status;%d\007' $?
exec sleep 60
"#;

    /// The command that a terminal runs; the arguments of the program follow.
    pub(crate) fn command(program: &Program) -> CommandBuilder {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", SHELL, "sh"]);
        command.arg(program.path());
        command
    }

    /// The terminal's settings in words, to compare before and after.
    pub(crate) fn settings(terminal: &dyn MasterPty) -> Option<String> {
        terminal.get_termios().map(|settings| format!("{settings:?}"))
    }

    /// A shell adds 128 to the number of a signal. Whoever says 130 by itself is told from nobody whom Ctrl-C ended.
    pub(crate) fn ended(status: u32) -> Ended {
        match status {
            129 | 131..=159 => Ended::Signal,
            status => Ended::Status(status),
        }
    }

    /// What the status of a process says by itself.
    pub(crate) fn exited(status: u32) -> Ended {
        Ended::Status(status)
    }

    /// What a terminal shows is what was printed, byte for byte.
    pub(crate) type Output = Decoder;
}

#[cfg(not(unix))]
mod console {
    use portable_pty::{CommandBuilder, MasterPty};
    use vte::{Parser, Perform};

    use crate::{Program, client::Ended, screen::ToText};

    pub(crate) const HAS_SHELL: bool = false;

    /// What ends the input at the start of a line: Ctrl-Z and Enter.
    pub(crate) const END_OF_INPUT: &str = "\x1a\r";

    /// The status of a program that Ctrl-C has ended: `STATUS_CONTROL_C_EXIT` of Microsoft's list.
    const INTERRUPTED: u32 = 0xc000_013a;

    pub(crate) fn command(program: &Program) -> CommandBuilder {
        CommandBuilder::new(program.path())
    }

    pub(crate) fn settings(_terminal: &dyn MasterPty) -> Option<String> {
        None
    }

    pub(crate) use exited as ended;

    pub(crate) fn exited(status: u32) -> Ended {
        if status == INTERRUPTED { Ended::Signal } else { Ended::Status(status) }
    }

    /// What a console drew, as text: a cursor that moves to the right passes over blanks, one that moves to another
    /// row begins a line.
    #[derive(Default)]
    pub(crate) struct Output {
        /// Takes the sequences apart.
        parser: Parser,
        /// What is drawn.
        drawn: Drawn,
    }

    #[derive(Default)]
    struct Drawn {
        text: String,
        /// How often it was asked where its cursor is, and not answered yet.
        asked: usize,
    }

    impl ToText for Output {
        fn text(&mut self, bytes: &[u8]) -> String {
            self.parser.advance(&mut self.drawn, bytes);
            std::mem::take(&mut self.drawn.text)
        }

        /// It is asked by the console before this takes the first key, and the cursor is at the top then.
        fn answer(&mut self) -> String {
            "\x1b[1;1R".repeat(std::mem::take(&mut self.drawn.asked))
        }
    }

    impl Perform for Drawn {
        fn print(&mut self, letter: char) {
            self.text.push(letter);
        }

        fn execute(&mut self, byte: u8) {
            if byte != b'\r' {
                self.text.push(byte.into());
            }
        }

        fn csi_dispatch(&mut self, params: &vte::Params, _: &[u8], _: bool, action: char) {
            let first = params.iter().next().and_then(|param| param.first()).map_or(0, |first| *first);
            match action {
                'C' => self.text.extend(std::iter::repeat_n(' ', first.max(1).into())),
                'H' | 'f' if !self.text.ends_with('\n') => self.text.push('\n'),
                'n' if first == 6 => self.asked += 1,
                _ => {}
            }
        }
    }
}
