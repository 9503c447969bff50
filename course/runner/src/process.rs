//! A process that ends: within its bound, on Ctrl-C, and with all of its children.
//!
//! ```text
//!   course ── group (or job object) ── check ── subject on pipes: ends with the group
//!      │                                 └───── subject on a PTY: a session of its own, hung up when
//!      │                                        the check dies; on Linux found by its mark and killed
//!      └─ two reading threads keep the last words of the check
//! ```

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::stop::Stop;

/// Every process that a check starts inherits this variable, and is known by it.
const MARK: &str = "COURSE_PROCESS";

/// How often a process is asked whether it has ended.
const TICK: Duration = Duration::from_millis(5);

/// How long the output is awaited after the end: a process that escaped may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Exited(ExitStatus),
    /// It was killed at its bound.
    Overran,
    /// It was killed because the reader asked to stop.
    Stopped,
}

/// What is left of a process.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it ended.
    pub end: End,
    /// What it wrote to stdout; the last part of it if that was much.
    pub stdout: String,
    /// What it wrote to stderr; the last part of it if that was much.
    pub stderr: String,
}

impl Ended {
    /// Whether it ended by itself, and well.
    pub fn is_success(&self) -> bool {
        matches!(self.end, End::Exited(status) if status.success())
    }
}

/// How a process is run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest that it may run.
    pub bound: Option<Duration>,
    /// How many bytes of each stream are kept.
    pub keep: usize,
    /// Whether the processes that it leaves behind are killed too.
    pub sweep: bool,
}

/// For a tool whose whole answer is needed, and that may take its time.
pub const TOOL: Limits = Limits { bound: None, keep: usize::MAX, sweep: false };

/// For a check, or anything else that runs the reader's code.
pub fn checked(bound: Duration) -> Limits {
    Limits { bound: Some(bound), keep: 64 * 1024, sweep: true }
}

/// Runs a command to its end, and leaves nothing of it behind.
pub fn run(command: Command, limits: Limits, stop: &Stop) -> Result<Ended> {
    run_heard(command, limits, stop, |_| ())
}

/// The same, with each line of stderr handed on while it runs.
pub fn run_heard(
    command: Command,
    limits: Limits,
    stop: &Stop,
    heard: impl Fn(&str) + Send + 'static,
) -> Result<Ended> {
    let mut group = Group::spawn(command, limits.sweep)?;
    let stdout = Listener::start("check stdout", group.child.stdout().take(), limits.keep, |_| ())?;
    let stderr = Listener::start("check stderr", group.child.stderr().take(), limits.keep, heard)?;
    let end = group.wait(limits.bound, stop)?;
    group.end();
    let until = Instant::now() + LAST_WORDS;
    Ok(Ended { end, stdout: stdout.finish(until), stderr: stderr.finish(until) })
}

/// A variable in the environment of all that one process starts, by which it is found.
#[derive(Debug)]
pub struct Mark(String);

impl Mark {
    /// A mark that no other process of this tool has, nor of another tool.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self(format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The variable: its name, and its value.
    pub fn variable(&self) -> (&str, &str) {
        (MARK, &self.0)
    }

    /// Kills all that carry it, on Linux; elsewhere nobody can look.
    pub fn kill(&self) {
        marked::kill(MARK, &self.0);
    }
}

impl Default for Mark {
    fn default() -> Self {
        Self::new()
    }
}

/// A process with all that it starts; dropping it kills them.
#[derive(Debug)]
pub struct Group {
    /// The leader of the group.
    child: Box<dyn ChildWrapper>,
    /// What its children carry, if they are to be killed one by one.
    mark: Option<Mark>,
}

impl Group {
    /// Starts a command in a group of its own, with its output piped and nothing on stdin.
    pub fn spawn(mut command: Command, sweep: bool) -> Result<Self> {
        let mark = sweep.then(Mark::new);
        let program = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        checks::let_children_hear().context("signals cannot be handled here")?;
        if let Some((name, value)) = mark.as_ref().map(Mark::variable) {
            command.env(name, value);
        }
        let mut wrapped = CommandWrap::from(command);
        #[cfg(unix)]
        wrapped.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::std::JobObject);
        let child = wrapped.spawn().with_context(|| format!("`{program}` does not start"))?;
        Ok(Self { child, mark })
    }

    /// Waits for the leader, the bound or the stop, whichever comes first.
    fn wait(&mut self, bound: Option<Duration>, stop: &Stop) -> Result<End> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().context("a process cannot be waited for")? {
                return Ok(End::Exited(status));
            }
            if stop.is_raised() {
                return Ok(End::Stopped);
            }
            if bound.is_some_and(|bound| start.elapsed() >= bound) {
                return Ok(End::Overran);
            }
            thread::park_timeout(TICK);
        }
    }

    /// Kills what is left of the group, and what left the group.
    fn end(&mut self) {
        let leader_lives = matches!(self.child.try_wait(), Ok(None));
        if leader_lives || self.mark.is_some() {
            let _ = self.child.start_kill();
        }
        let _ = self.child.wait();
        if let Some(mark) = &self.mark {
            mark.kill();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// A thread that reads one stream, so that no process waits for a full pipe.
struct Listener {
    /// The last part of what was read.
    kept: Arc<Mutex<Vec<u8>>>,
    /// Says that the stream has ended.
    ended: Receiver<()>,
}

impl Listener {
    fn start<R: Read + Send + 'static>(
        name: &str,
        stream: Option<R>,
        keep: usize,
        heard: impl Fn(&str) + Send + 'static,
    ) -> Result<Self> {
        let (done, ended) = mpsc::channel();
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (stream, into) = (stream.context("a process has no pipe")?, kept.clone());
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || listen(stream, keep, &into, &heard, &done))
            .context("no thread can be started")?;
        Ok(Self { kept, ended })
    }

    /// Waits for the end of the stream, and gives what is kept.
    fn finish(self, until: Instant) -> String {
        let _ = self.ended.recv_timeout(until.saturating_duration_since(Instant::now()));
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        // As on a terminal: a line that was begun anew shows what came last.
        let shown =
            |line: &str| line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default().to_owned();
        text.split('\n').map(shown).collect::<Vec<_>>().join("\n")
    }
}

/// Reads to the end; `_done` is dropped there, which tells whoever waits.
fn listen(
    mut stream: impl Read,
    keep: usize,
    into: &Mutex<Vec<u8>>,
    heard: &dyn Fn(&str),
    _done: &Sender<()>,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut line = Vec::new();
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => {
                hear(&buffer[..n], &mut line, heard);
                let mut kept = into.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&buffer[..n]);
                // Trimmed rarely, so that an endless writer costs little.
                if kept.len() / 2 > keep {
                    let surplus = kept.len() - keep;
                    kept.drain(..surplus);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(_) => return,
        }
    }
}

/// Cuts what was read into lines; a line without end is handed on in parts.
fn hear(bytes: &[u8], line: &mut Vec<u8>, heard: &dyn Fn(&str)) {
    for &byte in bytes {
        if byte == b'\n' || byte == b'\r' || line.len() > 4096 {
            heard(&String::from_utf8_lossy(line));
            line.clear();
        } else {
            line.push(byte);
        }
    }
}

/// Processes known by a variable in their environment; only Linux lets us look there.
#[cfg(target_os = "linux")]
mod marked {
    use std::fs;

    use nix::sys::signal::{Signal, kill as signal};
    use nix::unistd::Pid;

    /// Kills all of them, and those that they start meanwhile.
    pub fn kill(name: &str, value: &str) {
        let mark = format!("{name}={value}");
        for _round in 0..20 {
            let found = carrying(mark.as_bytes());
            if found.is_empty() {
                return;
            }
            for pid in found {
                let _ = signal(Pid::from_raw(pid), Signal::SIGKILL);
            }
            std::thread::park_timeout(super::TICK);
        }
    }

    /// The living processes with this entry; the environment of a dead one is empty.
    fn carrying(mark: &[u8]) -> Vec<i32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        pids.filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == mark)
        })
        .collect()
    }
}

/// Elsewhere the group, the job object or the hang-up of the terminal must do.
#[cfg(not(target_os = "linux"))]
mod marked {
    pub fn kill(_name: &str, _value: &str) {}
}
