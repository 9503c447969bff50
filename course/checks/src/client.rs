//! A lesson's program, driven through a terminal or through pipes.

use std::{
    fmt,
    io::Write,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{ChildKiller, MasterPty, PtySize, native_pty_system};

use crate::{
    Program,
    last_words::{last_panic, last_words},
    missed::{Missed, check, comes, patience, span},
    probe,
    screen::{Decoder, Screen},
    terminal::{self, HAS_SHELL},
};

/// A room that a client can be sent to, or another server.
pub trait Host {
    /// The address, as for `--server`.
    fn url(&self) -> String;

    /// Says, whenever it is asked, for how long the room has heard nothing.
    fn silence(&self) -> Box<dyn Fn() -> String + Send>;

    /// Is lent what says of a client whether its last words are a panic, for the sentences of failures.
    fn lends(&self, _panic: Box<dyn Fn() -> Option<String> + Send>) {}
}

/// A running client. Dropping it ends the process.
pub struct Client {
    /// The process; in a terminal of Unix its shell.
    process: u32,
    /// What it printed, on standard output and standard error.
    screen: Screen,
    /// Its stdin; `None` after the end of input.
    keys: Option<Keys>,
    /// Kept open for as long as the client lives: closing it hangs the terminal up.
    terminal: Mutex<Option<Box<dyn MasterPty + Send>>>,
    /// Whether it was started in a terminal.
    is_on_terminal: bool,
    /// The terminal's settings before the client started.
    settings: Option<String>,
    /// Ends the process.
    killer: Box<dyn ChildKiller + Send + Sync>,
    /// Told once, by the thread that waits for the process.
    ended: Receiver<Ended>,
    /// Waits for the process; finished once its number may belong to another.
    waiting: thread::JoinHandle<()>,
    /// Says what the room saw, for the sentences of failures.
    silence: Box<dyn Fn() -> String + Send>,
}

/// The way into a program's stdin, which a terminal that answers for itself shares.
type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// How a client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status.
    Status(u32),
    /// By a signal.
    Signal,
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Status(status) => write!(out, "exit status {status}"),
            Ended::Signal => write!(out, "an end by a signal"),
        }
    }
}

impl Client {
    /// Starts the program in a terminal of 80 by 24, as a visitor of `room`.
    pub fn on_terminal(program: &Program, room: &impl Host) -> Client {
        Client::on_terminal_with(program, room, &[])
    }

    /// As [`Client::on_terminal`], with further arguments.
    ///
    /// # Panics
    /// When the system has no terminal or does not start the program.
    pub fn on_terminal_with(program: &Program, room: &impl Host, args: &[&str]) -> Client {
        Client::on_terminal_of(program, room, args, (80, 24), "xterm-256color")
    }

    /// As [`Client::on_terminal`], in a window of which the system does not know the size; Windows has none.
    #[cfg(unix)]
    pub fn on_terminal_without_a_size(program: &Program, room: &impl Host) -> Client {
        Client::on_terminal_of(program, room, &[], (0, 0), "xterm-256color")
    }

    /// As [`Client::on_terminal`], in one that calls itself `dumb`: it cannot move its cursor.
    pub fn on_dumb_terminal(program: &Program, room: &impl Host) -> Client {
        Client::on_terminal_of(program, room, &[], (80, 24), "dumb")
    }

    fn on_terminal_of(
        program: &Program,
        room: &impl Host,
        args: &[&str],
        (cols, rows): (u16, u16),
        name: &str,
    ) -> Client {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = terminal::command(program);
        command.args(program.leading_args());
        command.args(["--server", &room.url()]);
        command.args(args);
        command.cwd(std::env::current_dir().expect("a current directory"));
        // As a terminal has it, whatever started this check.
        command.env("TERM", name);
        let settings = terminal::settings(&*pty.master);
        let mut child = pty.slave.spawn_command(command).expect("the client starts");
        drop(pty.slave);
        let keys: Keys = Arc::new(Mutex::new(pty.master.take_writer().expect("the terminal's input")));
        let screen = Screen::default();
        let typing = Arc::clone(&keys);
        let output = pty.master.try_clone_reader().expect("the terminal's output");
        screen.copy::<terminal::Output>(output, answers(typing));
        lend(&screen, room);
        let (process, killer) = (child.process_id().unwrap_or(0), child.clone_killer());
        let (ended, waiting) = wait(move || {
            let status = child.wait().ok()?;
            Some(if status.signal().is_some() { Ended::Signal } else { terminal::exited(status.exit_code()) })
        });
        Client {
            process,
            screen,
            keys: Some(keys),
            terminal: Mutex::new(Some(pty.master)),
            is_on_terminal: true,
            settings,
            killer,
            ended,
            waiting,
            silence: room.silence(),
        }
    }

    /// Starts the program with pipes for stdin, stdout and stderr.
    pub fn on_pipes(program: &Program, room: &impl Host) -> Client {
        Client::on_pipes_with(program, room, &[])
    }

    /// As [`Client::on_pipes`], with further arguments.
    ///
    /// # Panics
    /// When the system does not start the program.
    pub fn on_pipes_with(program: &Program, room: &impl Host, args: &[&str]) -> Client {
        let mut command = Command::new(program.path());
        command.args(program.leading_args()).args(["--server", &room.url()]).args(args);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("the client starts");
        let screen = Screen::default();
        screen.copy::<Decoder>(child.stdout.take().expect("a pipe"), |_| ());
        screen.copy::<Decoder>(child.stderr.take().expect("a pipe"), |_| ());
        let keys: Keys = Arc::new(Mutex::new(Box::new(child.stdin.take().expect("a pipe"))));
        lend(&screen, room);
        let (process, killer) = (child.id(), child.clone_killer());
        let (ended, waiting) = wait(move || {
            let status = child.wait().ok()?;
            Some(status.code().map_or(Ended::Signal, |code| terminal::exited(code as u32)))
        });
        Client {
            process,
            screen,
            keys: Some(keys),
            terminal: Mutex::new(None),
            is_on_terminal: false,
            settings: None,
            killer,
            ended,
            waiting,
            silence: room.silence(),
        }
    }

    /// Waits until `part` is printed, after what earlier waits found.
    ///
    /// On a terminal what is typed is printed too: wait for what only the client can print.
    pub fn shows(&self, part: &str) -> Result<(), Missed> {
        self.shows_within(part, patience())
    }

    /// As [`Client::shows`], with a limit of the check's own.
    pub fn shows_within(&self, part: &str, limit: Duration) -> Result<(), Missed> {
        if self.screen.wait_for(part, limit) {
            return Ok(());
        }
        let expected = format!("the screen shows `{part}`, within {}", span(limit));
        let said = last_words(&self.screen.all());
        // The room may not have noticed an end yet, and would call the client awake.
        let instead = if self.screen.is_over() {
            format!("the client ended, and {said}")
        } else {
            format!("{said}; {}", (self.silence)())
        };
        Err(Missed::new(expected, instead))
    }

    /// All that was printed until now.
    pub fn screen(&self) -> String {
        self.screen.all()
    }

    /// What was printed and not taken yet, as bytes, for a terminal emulator; waits for some, at most for `limit`.
    ///
    /// Nothing comes when the client has ended, or prints nothing for so long.
    pub fn take_output(&self, limit: Duration) -> Vec<u8> {
        self.screen.take_bytes(limit)
    }

    /// Changes the size of the terminal's window, in columns and rows, and tells the client; nothing on pipes.
    pub fn resize(&self, (cols, rows): (u16, u16)) {
        if let Some(terminal) = &*self.terminal() {
            let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
            terminal.resize(size).expect("a window changes its size");
        }
    }

    /// Stops reading what the client prints, as a terminal that hangs; soon the client's writes wait.
    pub fn hangs(&self) {
        self.screen.pause(true);
    }

    /// Reads on.
    pub fn reads_on(&self) {
        self.screen.pause(false);
    }

    /// Types a line and Enter, which is a carriage return on a keyboard.
    pub fn type_line(&mut self, line: &str) {
        let enter = if self.is_on_terminal { '\r' } else { '\n' };
        self.type_raw(&format!("{line}{enter}"));
    }

    /// Types these bytes as they are: `\x03` is Ctrl-C on a terminal.
    ///
    /// A client that is gone takes no keys; the check notices by what it waits for next.
    pub fn type_raw(&mut self, keys: &str) {
        self.type_bytes(keys.as_bytes());
    }

    /// As [`Client::type_raw`], for bytes that need be no text.
    pub fn type_bytes(&mut self, keys: &[u8]) {
        if let Some(stdin) = &self.keys {
            type_into(stdin, keys);
        }
    }

    /// Ends the input: Ctrl-D at the start of a line of a terminal, Ctrl-Z and Enter on Windows; a closed pipe.
    pub fn end_input(&mut self) {
        if self.is_on_terminal {
            self.type_raw(terminal::END_OF_INPUT);
        } else {
            self.keys = None;
        }
    }

    /// Asks the process to end, as `kill` does by itself; Unix only.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Presses Ctrl-C: the key on a terminal, the signal where there is none.
    pub fn interrupt(&mut self) {
        if self.is_on_terminal {
            self.type_raw("\x03");
        } else {
            self.signal("-INT");
        }
    }

    /// Presses Ctrl-C on a terminal while the client stands still; it goes on when `meanwhile` is over.
    ///
    /// What the system gave the signal to besides the client has it when `meanwhile` begins.
    /// Where the system does not tell, the key is pressed afterwards, and nothing stands still.
    pub fn interrupt_held(&mut self, meanwhile: impl FnOnce()) -> Result<(), Missed> {
        if probe::has_been_interrupted(self.process()).is_none() {
            meanwhile();
            self.interrupt();
            return Ok(());
        }
        self.signal("-STOP");
        let is_held = self.comes(probe::stands_still);
        self.interrupt();
        let is_reached = self.comes(probe::has_been_interrupted);
        meanwhile();
        self.signal("-CONT");
        let expected = format!("SIGSTOP and Ctrl-C reach the client, within {}", span(patience()));
        check(is_held && is_reached, expected, "one of them does not")
    }

    /// Has the client stand still meanwhile: whatever comes for it then is there at once when it goes on; Unix only.
    ///
    /// Where the system does not tell that it stands still, it is believed to.
    pub fn held(&self, meanwhile: impl FnOnce()) -> Result<(), Missed> {
        self.signal("-STOP");
        let is_held = self.comes(probe::stands_still);
        meanwhile();
        self.signal("-CONT");
        let expected = format!("SIGSTOP reaches the client, within {}", span(patience()));
        check(is_held, expected, "it does not")
    }

    /// Waits until Ctrl-C no longer ends the process by itself: an earlier one would be no farewell.
    ///
    /// Where the system does not say so, this returns at once.
    pub fn catches_interrupts(&self) -> Result<(), Missed> {
        let expected = format!("the client handles Ctrl-C, within {}", span(patience()));
        let catches = self.comes(probe::catches_interrupts);
        check(catches, expected, "it leaves that to the system, which kills it")
    }

    /// Watches for a second that the client waits: it uses less CPU time than this, and no thread of it spins.
    ///
    /// Where the system does not say so, this returns at once.
    pub fn idles(&self, percent_of_a_core: u32) -> Result<(), Missed> {
        const LOOKS: u32 = 50;
        let (process, began) = (self.process(), Instant::now());
        let Some(before) = probe::cpu_time(process) else { return Ok(()) };
        let awake = probe::looks_awake(process, LOOKS, Duration::from_secs(1) / LOOKS).unwrap_or_default();
        let used = probe::cpu_time(process).unwrap_or(before).saturating_sub(before);
        let took = began.elapsed();
        check(
            used < took * percent_of_a_core / 100 && awake < LOOKS * 4 / 5,
            format!("threads that wait, and less than {percent_of_a_core} % of one core"),
            format!(
                "{} of CPU time in {}; one thread was awake at {awake} of {LOOKS} looks",
                span(used),
                span(took)
            ),
        )
    }

    /// Waits until the system says so of the process, or says nothing, as of one that is gone; `false` if neither comes.
    fn comes(&self, is_so: fn(u32) -> Option<bool>) -> bool {
        comes(|| is_so(self.process()) != Some(false))
    }

    /// Sends the process a signal; Unix only.
    fn signal(&self, name: &str) {
        let _ = Command::new("kill").args([name, &self.process().to_string()]).status();
    }

    /// Waits until the process has ended and all that it printed is on the screen.
    pub fn exits(&self) -> Result<Ended, Missed> {
        self.exits_within(patience())
    }

    /// As [`Client::exits`], with a limit of the check's own.
    pub fn exits_within(&self, limit: Duration) -> Result<Ended, Missed> {
        let told = self.is_in_a_shell();
        let status = told.then(|| self.screen.status(limit)).flatten().map(terminal::ended);
        let ended = match status {
            Some(ended) => Ok(ended),
            None if told && !self.screen.is_over() => Err(()),
            None => self.ended.recv_timeout(limit).map_err(drop),
        };
        let Ok(ended) = ended else {
            let expected = format!("the client ends without another key, within {}", span(limit));
            let instead = format!("it still ran after {}; {}", span(limit), last_words(&self.screen.all()));
            return Err(Missed::new(expected, instead));
        };
        if !HAS_SHELL {
            // The output of a console ends only with the console.
            *self.terminal() = None;
        }
        self.screen.at_end(patience());
        Ok(ended)
    }

    /// The process, for the probes.
    pub fn process(&self) -> u32 {
        if self.is_in_a_shell() {
            return self.screen.process(patience()).unwrap_or(self.process);
        }
        self.process
    }

    fn is_in_a_shell(&self) -> bool {
        HAS_SHELL && self.is_on_terminal
    }

    fn terminal(&self) -> MutexGuard<'_, Option<Box<dyn MasterPty + Send>>> {
        self.terminal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal's settings in words, to compare before and after; `None` where there are none to ask for.
    pub fn terminal_settings(&self) -> Option<String> {
        terminal::settings(&**self.terminal().as_ref()?)
    }

    /// Whether the terminal's settings are what they were before the client started.
    pub fn leaves_the_terminal_as_it_was(&self) -> Result<(), Missed> {
        if self.terminal_settings() == self.settings {
            return Ok(());
        }
        Err(Missed::new(
            "the terminal's settings are what they were before the client",
            "they are not: who types next sees no echo, and no line ends",
        ))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if !self.waiting.is_finished() {
            let _ = self.killer.kill();
        }
    }
}

/// Answers what the program asks of its terminal, on a thread of its own: whoever waits here until the program takes in
/// what is typed would not read the output that the program itself waits to write.
fn answers(stdin: Keys) -> impl FnMut(&str) + Send + 'static {
    let (sender, answers) = mpsc::channel::<String>();
    let answering = move || answers.into_iter().for_each(|answer| type_into(&stdin, answer.as_bytes()));
    thread::Builder::new().name("answers".into()).spawn(answering).expect("a thread that answers");
    move |answer| {
        if !answer.is_empty() {
            let _ = sender.send(answer.to_owned());
        }
    }
}

/// Writes the keys; a program that is gone takes none.
fn type_into(stdin: &Keys, keys: &[u8]) {
    let mut stdin = stdin.lock().unwrap_or_else(PoisonError::into_inner);
    if !keys.is_empty() {
        let _ = stdin.write_all(keys).and_then(|()| stdin.flush());
    }
}

/// Lets the room tell of a panic, which would else stand on the screen alone.
fn lend(screen: &Screen, room: &impl Host) {
    let screen = screen.clone();
    room.lends(Box::new(move || last_panic(&screen.all())));
}

/// Waits for the process on a thread of its own, so that a check can bound its wait.
fn wait(
    process: impl FnOnce() -> Option<Ended> + Send + 'static,
) -> (Receiver<Ended>, thread::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel();
    let waiting = move || {
        if let Some(ended) = process() {
            let _ = sender.send(ended);
        }
    };
    let thread = thread::Builder::new().name("wait".into()).spawn(waiting);
    (receiver, thread.expect("a thread that waits"))
}
