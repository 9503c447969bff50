//! What nobody waits for is cancelled: a job stops at its next look, and a prompt takes no line with it.
//!
//! Run it: `cargo run -p solution-06`, then type `/slow 30`, `/jobs` and `/ask`.
//! You will see the job stop at its limit, and your late line reach the room.
//!
//! ```text
//!   event loop                                blocking pool
//!   offload ── spawn_blocking(job, token) ──▶ look, part, look, part
//!      │ dropped: timeout, select!, abort       ▲
//!      └──▶ its guard sets the token ───────────┘
//!   reading thread ──▶ channel ──▶ whoever awaits `line` now
//! ```

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::{io, iter, process::ExitCode, sync::Arc, thread, time::Duration};

use practice::{Visit, println, read_line, trace, work, work_part};
use tokio::{runtime::Builder, sync::mpsc, task, time::timeout};

/// How long `/slow` may take and `/ask` waits, and how long a cancelled job has to hand over what it finished.
const LIMIT: Duration = Duration::from_millis(1500);
const GRACE: Duration = Duration::from_millis(500);

/// Joins the room and talks; the blocking pool has two slots.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let mut builder = Builder::new_current_thread();
    let runtime = trace::event_loop(builder.enable_all().max_blocking_threads(2)).build()?;
    practice::converse(visit, runtime, Keyboard::new(read_line)?, Keyboard::line, command)
}

/// Tells a job, on whatever thread it runs, that nobody waits for it any more.
#[derive(Clone, Default)]
pub struct Token(Arc<AtomicBool>);

impl Token {
    /// Whether the job should stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Relaxed)
    }
}

// ANCHOR: guard
/// Cancels when it is dropped, however its scope ends.
struct Guard(Token);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.store(true, Relaxed);
    }
}

/// Runs `job` on the blocking pool; whoever drops this future cancels the job.
pub async fn offload<T: Send + 'static>(job: impl FnOnce(&Token) -> T + Send + 'static) -> io::Result<T> {
    let token = Token::default();
    let _guard = Guard(token.clone());
    Ok(task::spawn_blocking(move || job(&token)).await?)
}
// ANCHOR_END: guard

// ANCHOR: limited
/// As [`offload`]; cancels the job after `limit`, and returns what it finished until it stopped.
pub async fn limited<T: Send + 'static>(
    limit: Duration,
    job: impl FnOnce(&Token) -> T + Send + 'static,
) -> io::Result<T> {
    let token = Token::default();
    let guard = Guard(token.clone());
    let mut handle = task::spawn_blocking(move || job(&token));
    if let Ok(done) = timeout(limit, &mut handle).await {
        return Ok(done?);
    }
    drop(guard);
    Ok(timeout(GRACE, handle).await.map_err(|_| io::Error::other("abandoned: the job did not stop"))??)
}
// ANCHOR_END: limited

/// Does one part after the other, and returns what was finished when the token stopped it.
pub fn in_parts<R>(parts: usize, token: &Token, part: impl FnMut(usize) -> R) -> Vec<R> {
    (0..parts).take_while(|_| !token.is_cancelled()).map(part).collect()
}

// ANCHOR: keyboard
/// What is typed, for whoever asks now.
pub struct Keyboard(mpsc::Receiver<io::Result<String>>);

impl Keyboard {
    /// Starts the one thread that calls `read`, for the life of the client.
    pub fn new(
        read: impl Fn() -> io::Result<Option<String>> + Send + Sync + 'static,
    ) -> io::Result<Keyboard> {
        let (sender, lines) = mpsc::channel(16);
        let mut typed = iter::from_fn(move || read().transpose());
        let reading = move || typed.try_for_each(|line| sender.blocking_send(line));
        thread::Builder::new().name("reading thread".into()).spawn(reading)?;
        Ok(Keyboard(lines))
    }

    /// The next line; when this future is dropped, the line stays for whoever asks next.
    pub async fn line(&mut self) -> io::Result<Option<String>> {
        self.0.recv().await.transpose()
    }
}
// ANCHOR_END: keyboard

/// Does what a line that starts with `/` asks for.
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
