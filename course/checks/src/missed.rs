//! What was expected and did not come, and how a check says so.

use std::{
    env, fmt,
    sync::{
        LazyLock,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a check waits for a cause: far longer than any right answer takes, even on a busy machine.
///
/// These are 6 s, or as many times more as `COURSE_PATIENCE` says: who runs many checks at once that must pass, waits
/// longer for each.
pub fn patience() -> Duration {
    static TIMES: LazyLock<u32> =
        LazyLock::new(|| env::var("COURSE_PATIENCE").ok().and_then(|times| times.parse().ok()).unwrap_or(1));
    Duration::from_secs(6) * *TIMES
}

/// Something that was expected and did not come.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// What should have been seen, and within what time.
    pub expected: String,
    /// What was seen instead: what froze, and for how long.
    pub instead: String,
    /// The cause, where what was seen leaves no other: it is told in place of a likely one.
    cause: Option<&'static str>,
}

impl Missed {
    /// Says what was expected and what came instead.
    pub fn new(expected: impl Into<String>, instead: impl Into<String>) -> Missed {
        Missed { expected: expected.into(), instead: instead.into(), cause: None }
    }

    /// Names the cause, where what was seen leaves no other than this one.
    pub fn because(self, cause: &'static str) -> Missed {
        Missed { cause: Some(cause), ..self }
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "expected: {}\ninstead:  {}", indent(&self.expected), indent(&self.instead))
    }
}

/// Continues a field of several lines under its first.
fn indent(text: &str) -> String {
    text.trim_end().replace('\n', "\n          ")
}

/// Ends a check with a message that teaches.
pub trait Explain<T> {
    /// Returns the value, or panics with what was missed, its likely cause and the section of the page to read.
    ///
    /// ```
    /// use checks::{Explain, check};
    /// check(2 + 2 == 4, "a sum", "another").or_explain("arithmetic", "01-frozen-client.md#the-idea");
    /// ```
    fn or_explain(self, likely: &str, read: &str) -> T;
}

impl<T> Explain<T> for Result<T, Missed> {
    #[track_caller]
    fn or_explain(self, likely: &str, read: &str) -> T {
        match self {
            Ok(value) => value,
            Err(missed) => {
                let likely = indent(missed.cause.unwrap_or(likely));
                panic!("\n{missed}\nlikely:   {likely}\nread:     {read}\n")
            }
        }
    }
}

/// A condition that must hold: what was expected, and what was seen instead.
pub fn check(holds: bool, expected: impl Into<String>, instead: impl Into<String>) -> Result<(), Missed> {
    if holds { Ok(()) } else { Err(Missed::new(expected, instead)) }
}

/// Waits, outside of an event loop and for [`patience`], for something that is told only when it is asked for.
///
/// # Errors
///
/// It has not come: `expected`, within that time, and `instead`.
pub fn until(is_so: impl Fn() -> bool, expected: &str, instead: &str) -> Result<(), Missed> {
    let missed = || Missed::new(format!("{expected}, within {}", span(patience())), instead);
    if comes(is_so) { Ok(()) } else { Err(missed()) }
}

/// Asks again and again, for [`patience`], whether it is so; blocks. Whether it ever was.
pub(crate) fn comes(is_so: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + patience();
    while !is_so() {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Runs `f` on a thread of its own, and waits for it no longer than `limit`.
///
/// A thread that does not end in time is abandoned: it ends with the process of the check.
/// A panic in `f` is raised again here.
pub fn within<T: Send + 'static>(
    limit: Duration,
    what: &str,
    f: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Missed> {
    let (sender, receiver) = mpsc::channel();
    let work = thread::Builder::new().name("check".into()).spawn(move || sender.send(f()));
    let work = work.expect("a thread for the check");
    match receiver.recv_timeout(limit) {
        Ok(value) => Ok(value),
        Err(RecvTimeoutError::Disconnected) => match work.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(_) => unreachable!("the sender was used"),
        },
        Err(RecvTimeoutError::Timeout) => Err(Missed::new(
            format!("{what}, within {}", span(limit)),
            format!("it had not ended after {}", span(limit)),
        )),
    }
}

/// A duration as prose: `350 ms`, `6 s`.
pub fn span(time: Duration) -> String {
    match (time.as_millis() + 50) / 100 {
        ..10 => format!("{} ms", time.as_millis()),
        tenths if tenths % 10 == 0 => format!("{} s", tenths / 10),
        tenths => format!("{}.{} s", tenths / 10, tenths % 10),
    }
}
