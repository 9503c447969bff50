//! A run at a terminal of 80 by 24, by a script: what a reader types, and what the reader waits for.
//!
//! Each step of a script is one line:
//!
//! | Step | What happens |
//! |---|---|
//! | `wait: TEXT` | until the screen shows TEXT, after what was waited for before |
//! | `pause: SECONDS` | the reader thinks |
//! | `type: TEXT` | TEXT and Enter |
//! | `keys: TEXT` | TEXT without Enter |
//! | `eof` | Ctrl-D |
//! | `interrupt` | Ctrl-C |
//! | `expect-exit: STATUS` | the program ends with this status |
//! | `kill: TEXT` | the machine that shows TEXT is killed, as soon as one does |
//!
//! Keys are typed one by one in the second half of the pause before them, at most: the last one falls on its end.
//! Without a pause they come at once, as a paste does.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use book::screens::{Frame, Key, Press, Screens};
use checks::Machine;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use crate::stop::Stop;

/// The longest that a text on the screen, or the end, is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// From one key to the next, as a fast typist types.
const KEY: Duration = Duration::from_millis(40);

/// How often the end and Ctrl-C are looked for.
const TICK: Duration = Duration::from_millis(10);

/// The rows and the columns of the terminal that draws a transcript.
const HEIGHT: NonZeroU16 = NonZeroU16::new(4000).unwrap();
const WIDTH: NonZeroU16 = NonZeroU16::new(80).unwrap();

/// One step of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Until the screen shows this.
    Wait(String),
    /// For so long.
    Pause(Duration),
    /// These keys.
    Keys(String),
    /// Until the program ends with this status.
    ExpectExit(u32),
    /// The machine that shows this is killed.
    Kill(String),
}

/// Reads a script.
pub fn parse(script: &[String]) -> Result<Vec<Step>> {
    script.iter().map(|line| step(line)).collect()
}

fn step(line: &str) -> Result<Step> {
    let (word, text) = line.split_once(':').unwrap_or((line, ""));
    let text = text.strip_prefix(' ').unwrap_or(text);
    let number = || text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    Ok(match word.trim() {
        "wait" if !text.is_empty() => Step::Wait(text.to_owned()),
        "pause" => Step::Pause(Duration::from_secs_f64(
            number().with_context(|| format!("`{line}`: a pause is a number of seconds"))?,
        )),
        "type" => Step::Keys(format!("{text}\r")),
        "keys" => Step::Keys(text.to_owned()),
        "kill" if !text.is_empty() => Step::Kill(text.to_owned()),
        "eof" => Step::Keys("\x04".to_owned()),
        "interrupt" => Step::Keys("\x03".to_owned()),
        "expect-exit" => {
            Step::ExpectExit(text.trim().parse().with_context(|| format!("`{line}`: a status is a number"))?)
        }
        _ => bail!(
            "`{line}` is no step of a script: the steps are wait, pause, type, keys, eof, interrupt, kill and expect-exit"
        ),
    })
}

/// Plays a script, and gives all that the terminal showed and took; `machines` are those that it may kill.
pub fn play(
    program: &Path,
    args: &[String],
    folder: &Path,
    steps: &[Step],
    machines: &mut [Machine],
    stop: &Stop,
) -> Result<Played> {
    let mut session = Session::open(program, args, folder)?;
    let (mut is_over, mut typing) = (false, Duration::ZERO);
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Wait(text) => session.wait_for(text, stop)?,
            Step::Pause(time) => {
                typing = steps.get(index + 1).map_or(Duration::ZERO, takes).min(*time / 2);
                session.pause(*time - typing, stop)?;
            }
            Step::Keys(keys) => session.press(keys, std::mem::take(&mut typing), stop)?,
            Step::ExpectExit(status) => {
                session.ends(Some(*status), stop)?;
                is_over = true;
            }
            Step::Kill(text) => kill(machines, text, stop)?,
        }
    }
    if !is_over {
        session.ends(None, stop)?;
    }
    Ok(session.finish())
}

/// Kills the machine that shows `text`, as soon as one does.
fn kill(machines: &mut [Machine], text: &str, stop: &Stop) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(machine) = machines.iter_mut().find(|machine| machine.has_shown(text)) {
            machine.kill();
            return Ok(());
        }
        if stop.is_raised() || Instant::now() >= deadline {
            bail!("no machine showed `{text}` within {} s", PATIENCE.as_secs());
        }
        thread::park_timeout(TICK);
    }
}

/// How long the keys of a step take from the first to the last.
fn takes(step: &Step) -> Duration {
    match step {
        Step::Keys(keys) => KEY * keys.chars().count().saturating_sub(1) as u32,
        _ => Duration::ZERO,
    }
}

/// A run that was played: what the terminal showed, and which keys it took.
pub struct Played {
    /// All bytes, as they came.
    bytes: Vec<u8>,
    /// How many bytes there were when some had come, and when that was, in microseconds since the start.
    arrivals: Vec<(usize, u64)>,
    /// The keys that end something.
    presses: Vec<Press>,
}

impl Played {
    /// What stands on the screen at the end, when a terminal has carried out what these bytes ask of its cursor.
    ///
    /// It is so high that nothing scrolls away. Without such requests the text is taken as it is, carriage returns stripped.
    pub fn text(&self) -> String {
        if !self.bytes.contains(&b'\x1b') {
            return String::from_utf8_lossy(&self.bytes).replace('\r', "");
        }
        let mut terminal = vt100::Parser::new(HEIGHT, WIDTH, 0);
        terminal.process(&self.bytes);
        terminal.screen().contents()
    }

    /// The screen after each arrival, on the clock of the terminal.
    pub fn screens(&self) -> Screens {
        let mut terminal = vt100::Parser::new(HEIGHT, WIDTH, 0);
        let (mut frames, mut from) = (Vec::new(), 0);
        let mut before: Vec<String> = Vec::new();
        for &(to, at_us) in &self.arrivals {
            terminal.process(&self.bytes[from..to]);
            from = to;
            let lines: Vec<String> = terminal.screen().contents().lines().map(str::to_owned).collect();
            let keep = before.iter().zip(&lines).take_while(|(old, new)| old == new).count();
            let (row, column) = terminal.screen().cursor_position();
            frames.push(Frame { at_us, keep, lines: lines[keep..].to_vec(), cursor: (row, column) });
            before = lines;
        }
        Screens::new(self.presses.clone(), frames)
    }
}

/// What the screen has shown until now.
#[derive(Default)]
struct Shown {
    /// What came.
    seen: Mutex<Seen>,
    /// Told after each arrival.
    more: Condvar,
}

/// What came, and when.
#[derive(Default)]
struct Seen {
    /// All bytes.
    bytes: Vec<u8>,
    /// How many there were after each arrival.
    arrivals: Vec<(usize, Instant)>,
}

/// A program at a terminal; dropping it kills the program.
struct Session {
    /// The program.
    child: Box<dyn Child + Send + Sync>,
    /// The keyboard.
    keys: Box<dyn Write + Send>,
    /// Kept open: closing it hangs the terminal up.
    _terminal: Box<dyn portable_pty::MasterPty + Send>,
    /// Filled by the reading thread.
    shown: Arc<Shown>,
    /// Disconnected when the terminal shows no more.
    ended: mpsc::Receiver<()>,
    /// Where the next wait begins to look.
    cursor: usize,
    /// When the program was started.
    began: Instant,
    /// The keys that end something, and when they were pressed.
    presses: Vec<Press>,
}

impl Session {
    fn open(program: &Path, args: &[String], folder: &Path) -> Result<Self> {
        checks::let_children_hear().context("signals cannot be handled here")?;
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).context("no terminal can be opened here")?;
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(folder);
        // As every terminal has it, whatever started this recording.
        command.env("TERM", "xterm-256color");
        let began = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .with_context(|| format!("`{}` does not start", program.display()))?;
        drop(pair.slave);
        let shown = Arc::new(Shown::default());
        let ended =
            read(pair.master.try_clone_reader().context("the terminal cannot be read")?, shown.clone())?;
        let keys = pair.master.take_writer().context("the terminal has no keyboard")?;
        Ok(Self { child, keys, _terminal: pair.master, shown, ended, cursor: 0, began, presses: Vec::new() })
    }

    fn wait_for(&mut self, text: &str, stop: &Stop) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.shown.seen.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let bytes = &seen.bytes;
            if let Some(at) = find(&bytes[self.cursor..], text.as_bytes()) {
                self.cursor += at + text.len();
                return Ok(());
            }
            if stop.is_raised() || Instant::now() >= deadline {
                let all = String::from_utf8_lossy(bytes).replace('\r', "");
                bail!("the screen did not show `{text}` within {} s; it showed\n{all}", PATIENCE.as_secs());
            }
            let woken = self.shown.more.wait_timeout(seen, TICK);
            seen = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A pause is part of the run: the reader does nothing for a while.
    fn pause(&self, time: Duration, stop: &Stop) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if stop.is_raised() {
                bail!("stopped while recording");
            }
            thread::park_timeout(TICK.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    /// Presses keys one by one, so that the last is pressed after `time`.
    fn press(&mut self, keys: &str, time: Duration, stop: &Stop) -> Result<()> {
        let began = Instant::now();
        if time.is_zero() {
            return self.write(keys);
        }
        let last = keys.chars().count().saturating_sub(1).max(1) as u32;
        for (index, key) in (0..).zip(keys.chars()) {
            self.pause((time * index / last).saturating_sub(began.elapsed()), stop)?;
            self.write(key.encode_utf8(&mut [0; 4]))?;
        }
        Ok(())
    }

    fn write(&mut self, keys: &str) -> Result<()> {
        let at_us = self.began.elapsed().as_micros() as u64;
        let press = |key: char| Some(Press { at_us, key: named(key)? });
        self.presses.extend(keys.chars().filter_map(press));
        let pressed = self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush());
        pressed.context("the program takes no more keys")
    }

    fn ends(&mut self, wanted: Option<u32>, stop: &Stop) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().context("the program cannot be waited for")? {
                let code = status.exit_code();
                if wanted.is_some_and(|wanted| wanted != code) {
                    bail!("the program ended with status {code}, and {} was due", wanted.unwrap_or(0));
                }
                return Ok(());
            }
            if stop.is_raised() || Instant::now() >= deadline {
                bail!("the program did not end within {} s after the script", PATIENCE.as_secs());
            }
            thread::park_timeout(TICK);
        }
    }

    /// Everything that was shown and pressed.
    fn finish(mut self) -> Played {
        let _ = self.ended.recv_timeout(Duration::from_secs(2));
        let seen = self.shown.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let since = |at: Instant| at.saturating_duration_since(self.began).as_micros() as u64;
        let arrivals = seen.arrivals.iter().map(|(to, at)| (*to, since(*at))).collect();
        let bytes = seen.bytes.clone();
        drop(seen);
        Played { bytes, arrivals, presses: std::mem::take(&mut self.presses) }
    }
}

/// The keys that end a line, an input or a program; what others do is seen on the screen.
fn named(key: char) -> Option<Key> {
    match key {
        '\r' => Some(Key::Enter),
        '\x04' => Some(Key::CtrlD),
        '\x03' => Some(Key::CtrlC),
        _ => None,
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Reads the screen on a thread of its own, to the end.
fn read(mut screen: Box<dyn Read + Send>, shown: Arc<Shown>) -> Result<mpsc::Receiver<()>> {
    let (alive, ended) = mpsc::channel::<()>();
    let work = move || {
        let _alive = alive;
        let mut buffer = [0; 4096];
        while let Ok(n) = screen.read(&mut buffer) {
            if n == 0 {
                return;
            }
            let mut seen = shown.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.bytes.extend_from_slice(&buffer[..n]);
            let arrival = (seen.bytes.len(), Instant::now());
            seen.arrivals.push(arrival);
            drop(seen);
            shown.more.notify_all();
        }
    };
    thread::Builder::new().name("screen".to_owned()).spawn(work).context("no thread can be started")?;
    Ok(ended)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(parts: &[&[u8]]) -> Played {
        let ends = parts.iter().scan(0, |sum, part| {
            *sum += part.len();
            Some(*sum)
        });
        Played { bytes: parts.concat(), arrivals: ends.zip(1..).collect(), presses: Vec::new() }
    }

    /// What an editor draws over is gone, and what it asks of the cursor is no text.
    #[test]
    fn editors_are_carried_out() {
        assert_eq!(played(&[b"<< one\r\n> "]).text(), "<< one\n> ");
        assert_eq!(played(&[b"> hel\x1b[1G\x1b[J<< one\r\n> hello\r\n"]).text(), "<< one\n> hello");
    }

    /// Each arrival is a frame, which says only what it changes, and where the cursor stands.
    #[test]
    fn frames_say_what_changes() {
        let screens = played(&[b"<< one\r\n> he", b"l", b"\x1b[1G\x1b[J<< two\r\n> hel"]).screens();
        let frames: Vec<_> =
            screens.frames.iter().map(|frame| (frame.keep, frame.lines.join("|"), frame.cursor)).collect();
        let expected = [
            (0, "<< one|> he".to_owned(), (1, 4)),
            (1, "> hel".to_owned(), (1, 5)),
            (1, "<< two|> hel".to_owned(), (2, 5)),
        ];
        assert_eq!(frames, expected);
        assert_eq!(screens.last(), ["<< one", "<< two", "> hel"]);
    }

    /// From the first key of a line to Enter there are as many steps as the line has letters.
    #[test]
    fn keys_take_their_time() {
        assert_eq!(takes(&Step::Keys("hello\r".to_owned())), KEY * 5);
        assert_eq!(takes(&Step::Keys("\x04".to_owned())), Duration::ZERO);
    }

    /// A prompt's last space belongs to the text.
    #[test]
    fn steps_keep_their_text() {
        let script =
            ["wait: > ", "pause: 0.5", "type: hello: you", "eof", "expect-exit: 1"].map(str::to_owned);
        let expected = vec![
            Step::Wait("> ".to_owned()),
            Step::Pause(Duration::from_millis(500)),
            Step::Keys("hello: you\r".to_owned()),
            Step::Keys("\x04".to_owned()),
            Step::ExpectExit(1),
        ];
        assert_eq!(parse(&script).unwrap(), expected);
        assert!(parse(&["jump".to_owned()]).is_err());
    }
}
