//! RIGHT: the token is a `Weak`, and being waited for is the `Arc`; lines lie in a queue with a `Notify`.

use std::{
    collections::VecDeque,
    io,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

use practice::{Visit, read_line, trace, work, work_part};
use tokio::{
    runtime::Builder,
    select,
    sync::Notify,
    task,
    time::{sleep, timeout},
};

const LIMIT: Duration = Duration::from_millis(1500);

/// Joins the room and talks.
pub fn run(visit: &Visit) -> io::Result<ExitCode> {
    let mut builder = Builder::new_current_thread();
    let runtime = trace::event_loop(builder.enable_all().max_blocking_threads(1)).build()?;
    practice::converse(visit, runtime, Keyboard::new(read_line)?, Keyboard::line, command)
}

/// Knows whether somebody still waits.
pub struct Token(Weak<()>);

impl Token {
    /// Whether the job should stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.strong_count() == 0
    }
}

/// Runs `job` for as long as somebody waits.
pub async fn offload<T: Send + 'static>(job: impl FnOnce(&Token) -> T + Send + 'static) -> io::Result<T> {
    let waiting = Arc::new(());
    let token = Token(Arc::downgrade(&waiting));
    let result = task::spawn_blocking(move || job(&token)).await;
    drop(waiting);
    Ok(result?)
}

/// Runs `job`, and stops waiting for more of it after `limit`.
pub async fn limited<T: Send + 'static>(
    limit: Duration,
    job: impl FnOnce(&Token) -> T + Send + 'static,
) -> io::Result<T> {
    let waiting = Arc::new(());
    let token = Token(Arc::downgrade(&waiting));
    let mut handle = task::spawn_blocking(move || job(&token));
    select! {
        done = &mut handle => return Ok(done?),
        () = sleep(limit) => drop(waiting),
    }
    select! {
        done = handle => Ok(done?),
        () = sleep(LIMIT) => Err(io::Error::new(io::ErrorKind::TimedOut, "the job is deaf")),
    }
}

/// Does one part after the other.
pub fn in_parts<R>(parts: usize, token: &Token, mut part: impl FnMut(usize) -> R) -> Vec<R> {
    let mut kept = Vec::new();
    while kept.len() < parts && !token.is_cancelled() {
        kept.push(part(kept.len()));
    }
    kept
}

/// Lines that nobody has taken yet; `None` is the end of input, and stays.
#[derive(Default)]
struct Lines {
    /// In the order in which they were typed.
    queue: Mutex<VecDeque<io::Result<Option<String>>>>,
    /// Told of each.
    typed: Notify,
}

/// What is typed.
pub struct Keyboard(Arc<Lines>);

impl Keyboard {
    /// Starts the one thread that calls `read`.
    pub fn new(
        read: impl Fn() -> io::Result<Option<String>> + Send + Sync + 'static,
    ) -> io::Result<Keyboard> {
        let lines = Arc::new(Lines::default());
        let filled = lines.clone();
        thread::Builder::new().name("reading thread".into()).spawn(move || {
            // Nobody reads on once the keyboard is gone.
            while Arc::strong_count(&filled) > 1 {
                let line = read();
                let is_end = matches!(line, Ok(None));
                filled.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(line);
                filled.typed.notify_one();
                if is_end {
                    break;
                }
            }
        })?;
        Ok(Keyboard(lines))
    }

    /// The next line.
    pub async fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(line) = self.take() {
                return line;
            }
            self.0.typed.notified().await;
        }
    }

    fn take(&self) -> Option<io::Result<Option<String>>> {
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(queue.front(), Some(Ok(None))) {
            return Some(Ok(None));
        }
        queue.pop_front()
    }
}

async fn command(keyboard: &mut Keyboard, line: &str) -> io::Result<String> {
    if let Some(parts) = line.strip_prefix("/slow ") {
        let parts = parts.parse().map_err(|_| io::Error::other("how many parts?"))?;
        let job = move |token: &Token| work("/slow", || in_parts(parts, token, work_part));
        return Ok(match limited(LIMIT, job).await?.len() {
            done if done < parts => format!("stopped after {done} of {parts} parts"),
            _ => format!("finished {parts} of {parts} parts"),
        });
    }
    println!("?? your name?");
    let name = timeout(LIMIT, keyboard.line()).await.map_err(|_| io::Error::other("no answer"))??;
    Ok(format!("hello, {}", name.unwrap_or_default()))
}
