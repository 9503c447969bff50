//! What nobody waits for is abandoned: a job goes on after its limit, and a prompt that is over takes a line with it.
//!
//! Run it: `cargo run -p lesson-06`, then type `/slow 30`, `/jobs` and `/ask`.
//! You will see the job work on after the client gave up, and your late line vanish.
//!
//! ```text
//!   event loop                                blocking pool
//!   offload ── spawn_blocking(job, token) ──▶ part, part, part, part
//!      │ dropped: timeout, select!, abort       ▲
//!      └──▶ nobody tells the job ───────────────┘
//!   `line` ─── spawn_blocking(read) ────────▶ a thread for each question
//! ```

use std::{io, process::ExitCode, sync::Arc, time::Duration};

use practice::{Visit, println, read_line, trace, work, work_part};
use tokio::{runtime::Builder, task, time::timeout};

/// How long `/slow` may take and `/ask` waits.
const LIMIT: Duration = Duration::from_millis(1500);

/// Joins the room and talks; the blocking pool has two slots.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let mut builder = Builder::new_current_thread();
    let runtime = trace::event_loop(builder.enable_all().max_blocking_threads(2)).build()?;
    practice::converse(visit, runtime, Keyboard::new(read_line)?, Keyboard::line, command)
}

/// New in this lesson: what could tell a job that nobody waits for it any more, if anybody told the token.
#[derive(Clone, Default)]
pub struct Token;

impl Token {
    /// Whether the job should stop.
    pub fn is_cancelled(&self) -> bool {
        false
    }
}

/// Runs `job` on the blocking pool.
pub async fn offload<T: Send + 'static>(job: impl FnOnce(&Token) -> T + Send + 'static) -> io::Result<T> {
    Ok(task::spawn_blocking(move || job(&Token)).await?)
}

/// New: as [`offload`], and gives up after `limit`.
pub async fn limited<T: Send + 'static>(
    limit: Duration,
    job: impl FnOnce(&Token) -> T + Send + 'static,
) -> io::Result<T> {
    let mut handle = task::spawn_blocking(move || job(&Token));
    if let Ok(done) = timeout(limit, &mut handle).await {
        return Ok(done?);
    }
    handle.abort();
    Err(io::Error::other(format!("gave up after {limit:?}")))
}

/// New: does one part after the other, and returns what was finished.
pub fn in_parts<R>(parts: usize, _token: &Token, part: impl FnMut(usize) -> R) -> Vec<R> {
    (0..parts).map(part).collect()
}

/// New: what is typed, for whoever asks now.
pub struct Keyboard(Arc<dyn Fn() -> io::Result<Option<String>> + Send + Sync>);

impl Keyboard {
    /// Keeps `read`, which blocks until a line is typed.
    pub fn new(
        read: impl Fn() -> io::Result<Option<String>> + Send + Sync + 'static,
    ) -> io::Result<Keyboard> {
        Ok(Keyboard(Arc::new(read)))
    }

    /// The next line, by a read of its own.
    pub async fn line(&mut self) -> io::Result<Option<String>> {
        let read = self.0.clone();
        task::spawn_blocking(move || read()).await?
    }
}

/// New: does what a line that starts with `/` asks for.
async fn command(keyboard: &mut Keyboard, line: &str) -> io::Result<String> {
    match line.split_once(' ').unwrap_or((line, "")) {
        ("/slow", parts) => {
            let parts = parts.parse().map_err(|_| io::Error::other("how many parts? Try /slow 30"))?;
            let job = move |token: &Token| work("/slow", || in_parts(parts, token, work_part));
            let done = limited(LIMIT, job).await?.len();
            Ok(format!("{} {done} of {parts} parts", if done < parts { "stopped after" } else { "finished" }))
        }
        ("/ask", _) => {
            println!("?? your name? You have {LIMIT:?}");
            Ok(format!("hello, {}", timeout(LIMIT, keyboard.line()).await??.unwrap_or_default()))
        }
        _ => Err(io::Error::other("the commands are /slow PARTS, /ask, /jobs and /quit")),
    }
}
