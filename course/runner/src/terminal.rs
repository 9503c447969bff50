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

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

use crate::stop::Stop;

/// The longest that a text on the screen, or the end, is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

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
        "eof" => Step::Keys("\x04".to_owned()),
        "interrupt" => Step::Keys("\x03".to_owned()),
        "expect-exit" => {
            Step::ExpectExit(text.trim().parse().with_context(|| format!("`{line}`: a status is a number"))?)
        }
        _ => bail!(
            "`{line}` is no step of a script: the steps are wait, pause, type, keys, eof, interrupt and expect-exit"
        ),
    })
}

/// Plays a script, and gives all that the screen showed.
pub fn play(program: &Path, args: &[String], folder: &Path, steps: &[Step], stop: &Stop) -> Result<String> {
    let mut session = Session::open(program, args, folder)?;
    let mut is_over = false;
    for step in steps {
        match step {
            Step::Wait(text) => session.wait_for(text, stop)?,
            Step::Pause(time) => session.pause(*time, stop)?,
            Step::Keys(keys) => session.press(keys)?,
            Step::ExpectExit(status) => {
                session.ends(Some(*status), stop)?;
                is_over = true;
            }
        }
    }
    if !is_over {
        session.ends(None, stop)?;
    }
    Ok(session.finish())
}

/// What the screen has shown until now.
#[derive(Default)]
struct Shown {
    /// The bytes, as they came.
    bytes: Mutex<Vec<u8>>,
    /// Told after each arrival.
    more: Condvar,
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
        let child = pair
            .slave
            .spawn_command(command)
            .with_context(|| format!("`{}` does not start", program.display()))?;
        drop(pair.slave);
        let shown = Arc::new(Shown::default());
        let ended =
            read(pair.master.try_clone_reader().context("the terminal cannot be read")?, shown.clone())?;
        let keys = pair.master.take_writer().context("the terminal has no keyboard")?;
        Ok(Self { child, keys, _terminal: pair.master, shown, ended, cursor: 0 })
    }

    fn wait_for(&mut self, text: &str, stop: &Stop) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = self.shown.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(at) = find(&bytes[self.cursor..], text.as_bytes()) {
                self.cursor += at + text.len();
                return Ok(());
            }
            if stop.is_raised() || Instant::now() >= deadline {
                let all = String::from_utf8_lossy(&bytes).replace('\r', "");
                bail!("the screen did not show `{text}` within {} s; it showed\n{all}", PATIENCE.as_secs());
            }
            let woken = self.shown.more.wait_timeout(bytes, TICK);
            bytes = woken.unwrap_or_else(PoisonError::into_inner).0;
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

    fn press(&mut self, keys: &str) -> Result<()> {
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

    /// Everything that was shown.
    fn finish(self) -> String {
        let _ = self.ended.recv_timeout(Duration::from_secs(2));
        displayed(&self.shown.bytes.lock().unwrap_or_else(PoisonError::into_inner))
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
            shown.bytes.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..n]);
            shown.more.notify_all();
        }
    };
    thread::Builder::new().name("screen".to_owned()).spawn(work).context("no thread can be started")?;
    Ok(ended)
}

/// What stands on the screen at the end, when a terminal has carried out what these bytes ask of its cursor.
///
/// It is so high that nothing scrolls away. Without such requests the text is taken as it is, carriage returns stripped.
fn displayed(bytes: &[u8]) -> String {
    if !bytes.contains(&b'\x1b') {
        return String::from_utf8_lossy(bytes).replace('\r', "");
    }
    let mut terminal = vt100::Parser::new(HEIGHT, WIDTH, 0);
    terminal.process(bytes);
    terminal.screen().contents()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an editor draws over is gone, and what it asks of the cursor is no text.
    #[test]
    fn editors_are_carried_out() {
        assert_eq!(displayed(b"<< one\r\n> "), "<< one\n> ");
        assert_eq!(displayed(b"> hel\x1b[1G\x1b[J<< one\r\n> hello\r\n"), "<< one\n> hello");
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
